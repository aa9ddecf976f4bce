import { html } from "lit";
import { words } from "../i18n/words.ts";
import { icons } from "./icons.ts";

/** The head of a dialog: its title (`id` for `aria-labelledby`) and the button that closes it. */
export function windowHead(id: string, title: string, close: () => void) {
  return html`<div class="window-head">
    <h2 id=${id}>${title}</h2>
    <button
      type="button"
      class="quiet"
      aria-label=${words().common.close}
      title=${words().common.close}
      @click=${close}
    >
      ${icons.close}
    </button>
  </div>`;
}
