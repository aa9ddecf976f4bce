import { html, nothing, type PropertyValues } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { type Words, words } from "../i18n/words.ts";
import type { ConnectionStatus } from "../socket/connection.ts";
import { act } from "./action.ts";
import { LightElement } from "./light-element.ts";

const WORD: Record<ConnectionStatus, keyof Words["connection"] | undefined> = {
  connecting: undefined,
  live: "live",
  reconnecting: "reconnecting",
  offline: "offline",
  "signed-out": "signedOut",
};

/** A wait that is shorter is not worth a countdown. */
const WORTH_SAYING_MS = 2_000;

/** Says how the page is connected and, while it is not, when it tries again. */
@customElement("connection-status")
export class ConnectionStatusElement extends LightElement {
  @property({ attribute: false }) status: ConnectionStatus = "connecting";
  /** When the next try comes, in ms since 1970; `undefined` while one is under way. */
  @property({ attribute: false }) retryAt: number | undefined;

  /** Said only from when the wait is long; then to its end. */
  @state() private counting = false;
  private timer: ReturnType<typeof setInterval> | undefined;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.timer);
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("retryAt") && !changed.has("status")) return;
    clearInterval(this.timer);
    const { retryAt, status } = this;
    this.counting =
      status === "reconnecting" && retryAt !== undefined && retryAt - Date.now() >= WORTH_SAYING_MS;
    if (this.counting) this.timer = setInterval(() => this.requestUpdate(), 1_000);
  }

  override render() {
    const { status } = this;
    const word = WORD[status];
    return html`<span class="connection" data-status=${status}>
        <i class="dot" aria-hidden="true"></i>
        <span role="status" aria-label=${words().connection.connection}>${word && words().connection[word]}</span>
        ${this.counting ? html`<span class="when">${this.when()}</span>` : nothing}
      </span>
      ${
        this.counting
          ? html`<button
              type="button"
              class="pill small"
              @click=${() => act(this, { type: "try-now" })}
            >
              ${words().reconnect.tryNow}
            </button>`
          : nothing
      }`;
  }

  private when(): string {
    const seconds = Math.ceil(((this.retryAt ?? 0) - Date.now()) / 1_000);
    return seconds > 0 ? words().reconnect.inSeconds(seconds) : words().reconnect.now;
  }
}
