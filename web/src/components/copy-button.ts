import { html, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { words } from "../i18n/words.ts";
import { act } from "./action.ts";
import { copyText } from "./copy-text.ts";
import { icons } from "./icons.ts";
import { LightElement } from "./light-element.ts";

/** Copies a text; its name stays, its picture says that it worked. */
@customElement("copy-button")
export class CopyButton extends LightElement {
  /** Called when the text is needed: it may be long and still grow. */
  @property({ attribute: false }) text: () => string = () => "";
  /** How it is copied. */
  @property({ attribute: false }) how: (text: string) => Promise<boolean> = copyText;
  @property() label: string | undefined;
  /** Shows the name beside the picture. */
  @property({ type: Boolean }) shown = false;

  @state() private copied = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  override render() {
    const label = this.label ?? words().common.copy;
    return html`<button
      type="button"
      class=${this.shown ? "quiet with-label" : "quiet"}
      aria-label=${label}
      title=${this.shown ? nothing : label}
      @click=${this.copy}
    >
      ${this.copied ? icons.check : icons.copy}
      ${this.shown ? html`<span>${this.copied ? words().common.copied : label}</span>` : nothing}
    </button>`;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.timer);
  }

  private async copy() {
    const done = await this.how(this.text());
    act(this, {
      type: "announce",
      words: done ? words().common.copied : words().common.copyRefused,
    });
    if (!done) return;
    this.copied = true;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.copied = false;
    }, 2_000);
  }
}
