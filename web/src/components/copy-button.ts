import { html, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { act } from "./action.ts";
import { icons } from "./icons.ts";
import { LightElement } from "./light-element.ts";

/** Copies a text; its name stays, its picture says that it worked. */
@customElement("copy-button")
export class CopyButton extends LightElement {
  /** Called when the text is needed: it may be long and still grow. */
  @property({ attribute: false }) text: () => string = () => "";
  @property() label = "Copy";
  /** Shows the name beside the picture. */
  @property({ type: Boolean }) shown = false;

  @state() private copied = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  override render() {
    return html`<button
      type="button"
      class=${this.shown ? "quiet with-label" : "quiet"}
      aria-label=${this.label}
      title=${this.shown ? nothing : this.label}
      @click=${this.copy}
    >
      ${this.copied ? icons.check : icons.copy}
      ${this.shown ? html`<span>${this.copied ? "Copied" : this.label}</span>` : nothing}
    </button>`;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.timer);
  }

  private async copy() {
    const done = await copyText(this.text());
    act(this, { type: "announce", words: done ? "Copied" : "Copying is not allowed here" });
    if (!done) return;
    this.copied = true;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.copied = false;
    }, 2_000);
  }
}

/** Without TLS there is no Clipboard API; the old way still works. */
async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "visually-hidden";
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}
