import { html, type PropertyValues } from "lit";
import { customElement, property } from "lit/decorators.js";
import { queueWords } from "./failure-words.ts";
import { LightElement } from "./light-element.ts";

/** "3rd in line, about 12 s", and less from second to second until the server says it anew. */
@customElement("queue-place")
export class QueuePlace extends LightElement {
  /** How many are ahead, from 0; `undefined` where the server has not said. */
  @property({ attribute: false }) position: number | undefined;
  /** How long they take, in ms, as of when it was set. */
  @property({ attribute: false }) estimateMs: number | undefined;

  private saidAt = 0;
  /** The longest estimate so far: what the bar is filled against. */
  private longestMs = 0;
  private timer: ReturnType<typeof setInterval> | undefined;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.timer);
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("position") && !changed.has("estimateMs")) return;
    this.saidAt = Date.now();
    this.longestMs = Math.max(this.longestMs, this.estimateMs ?? 0);
    clearInterval(this.timer);
    if (this.estimateMs === undefined) return;
    this.timer = setInterval(() => this.requestUpdate(), 1_000);
  }

  override render() {
    const { estimateMs, position } = this;
    const left =
      estimateMs === undefined ? undefined : Math.max(0, estimateMs - (Date.now() - this.saidAt));
    const bar =
      left === undefined
        ? html`<i class="bar"></i>`
        : html`<progress
            class="filling"
            aria-hidden="true"
            max="100"
            .value=${100 - (100 * left) / Math.max(1, this.longestMs)}
          ></progress>`;
    return html`<p class="waiting queued">${bar}${queueWords(position, left)}</p>`;
  }
}
