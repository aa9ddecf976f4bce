import { html, type PropertyValues } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { announce, type Heard, type Progress } from "./announcements.ts";
import { LightElement } from "./light-element.ts";

/** Sentences are gathered so long: a screen reader is not interrupted by each. */
const PAUSE_MS = 2_500;
/** Most answers begin at once: no word about the line until there is one. */
const QUEUED_MS = 1_000;
/** What was said stays this long, so that what follows does not push it out unheard. */
const KEPT_MS = 20_000;
/** As many answers are known to have been told. */
const MOST_TOLD = 200;

/** Tells a screen reader, politely, what happens to an answer and short news; nobody sees it. */
@customElement("live-announcer")
export class LiveAnnouncer extends LightElement {
  /** Which conversation is on screen. */
  @property({ attribute: false }) view = "";
  @property({ attribute: false }) progress: Progress | undefined;

  @state() private said: readonly { readonly key: number; readonly words: string }[] = [];
  private heard: Heard | undefined;
  /** Answers of which something was told, or that were old: they are never news again. */
  private readonly told = new Set<string>();
  private saidAt = 0;
  private waitsSince: { readonly id: string; readonly at: number } | undefined;
  private count = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** Says something short, now. */
  say(words: string): void {
    const one = { key: this.count++, words };
    this.said = [...this.said.slice(-9), one];
    setTimeout(() => {
      this.said = this.said.filter((other) => other !== one);
    }, KEPT_MS);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.timer);
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("view")) this.heard = undefined;
    const { progress } = this;
    clearTimeout(this.timer);
    const wait = progress ? this.waitFor(progress) : 0;
    if (wait > 0) {
      this.timer = setTimeout(() => this.requestUpdate(), wait);
      return;
    }
    const { heard, say } = announce(
      this.heard,
      progress && this.told.has(progress.id) ? { ...progress, isNews: false } : progress,
    );
    this.heard = heard;
    if (heard?.begun || heard?.ended) this.told.add(heard.id);
    for (const oldest of this.told) if (this.told.size > MOST_TOLD) this.told.delete(oldest);
    if (say.length === 0) return;
    this.saidAt = Date.now();
    for (const words of say) this.say(words);
  }

  /** In how many ms there may be something to say of it. */
  private waitFor({ id, phase }: Progress): number {
    if (phase === "waiting") {
      if (this.waitsSince?.id !== id) this.waitsSince = { id, at: Date.now() };
      return this.waitsSince.at + QUEUED_MS - Date.now();
    }
    const goesOn = phase === "growing" && this.heard?.id === id && this.heard.begun;
    return goesOn ? this.saidAt + PAUSE_MS - Date.now() : 0;
  }

  override render() {
    return html`<div class="visually-hidden" aria-live="polite" aria-relevant="additions">
      ${repeat(
        this.said,
        ({ key }) => key,
        ({ words }) => html`<p dir="auto">${words}</p>`,
      )}
    </div>`;
  }
}
