import { html, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import { words } from "../i18n/words.ts";
import { SIGN_IN_PAGE, SIGNED_IN_CHANNEL } from "../sign-in/signed-in.ts";
import { act } from "./action.ts";
import { LightElement } from "./light-element.ts";

/** How often it is asked whether someone is signed in: while a window is open, and otherwise. */
const WATCH_MS = 2_000;
const REST_MS = 30_000;

/**
 * The way back for who is signed out: a window of its own, so that this page, its draft and its
 * stream stay. Where a browser allows no window there is a link, which none of them blocks.
 */
@customElement("sign-in-card")
export class SignInCard extends LightElement {
  @state() private phase: "idle" | "open" | "blocked" = "idle";
  private channel: BroadcastChannel | undefined;
  private timer: ReturnType<typeof setInterval> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.channel = new BroadcastChannel(SIGNED_IN_CHANNEL);
    this.channel.onmessage = () => this.ask();
    this.watch(REST_MS);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.channel?.close();
    clearInterval(this.timer);
  }

  override render() {
    const { signIn, connection } = words();
    return html`<section class="sign-in" aria-label=${signIn.title}>
      <p>
        <strong>${signIn.title}</strong>
        ${this.phase === "open" ? signIn.waiting : signIn.explanation}
      </p>
      ${
        this.phase === "blocked"
          ? html`<p role="alert">
              ${signIn.blocked}
              <a href=${SIGN_IN_PAGE} target="_blank">${signIn.newTab}</a>
            </p>`
          : nothing
      }
      <button type="button" class="pill strong" @click=${this.signIn}>${connection.signIn}</button>
    </section>`;
  }

  private signIn() {
    const left = Math.max(0, screenX + (outerWidth - 480) / 2);
    const opened = open(SIGN_IN_PAGE, "chatbot-sign-in", `popup,width=480,height=680,left=${left}`);
    this.phase = opened ? "open" : "blocked";
    this.watch(WATCH_MS);
  }

  private watch(ms: number) {
    clearInterval(this.timer);
    this.timer = setInterval(() => {
      if (!document.hidden || ms === WATCH_MS) this.ask();
    }, ms);
  }

  private ask() {
    act(this, { type: "try-now" });
  }
}
