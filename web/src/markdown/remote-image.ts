import { html } from "lit";
import { customElement, property } from "lit/decorators.js";
import { icons } from "../components/icons.ts";
import { LightElement } from "../components/light-element.ts";
import { words } from "../i18n/words.ts";
import { hostOf } from "./safe-url.ts";

/** An image elsewhere: a button that says where, and opens it apart from this page. */
@customElement("remote-image")
export class RemoteImage extends LightElement {
  @property({ attribute: false }) url = "";
  @property({ attribute: false }) alt = "";

  override render() {
    return html`<button type="button" class="remote-image" @click=${this.open}>
      ${icons.image}
      <span
        >${this.alt || words().markdown.image}
        <small dir="auto">${words().markdown.opens(hostOf(this.url))}</small>
      </span>
    </button>`;
  }

  private open() {
    window.open(this.url, "_blank", "noopener,noreferrer");
  }
}
