import { html } from "lit";
import { customElement, property } from "lit/decorators.js";
import { icons } from "../components/icons.ts";
import { LightElement } from "../components/light-element.ts";
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
        >${this.alt || "Image"}
        <small>Opens ${hostOf(this.url)} in a new tab</small>
      </span>
    </button>`;
  }

  private open() {
    window.open(this.url, "_blank", "noopener,noreferrer");
  }
}
