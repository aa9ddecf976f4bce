import { html, nothing } from "lit";
import { words } from "../i18n/words.ts";
import type { ImportStore } from "../state/import-store.ts";
import { icons } from "./icons.ts";

/** How it stands with files that were brought in, where their conversations will appear. */
export function renderImports(host: HTMLElement, imports: ImportStore) {
  const { waiting, failures } = imports.state.get();
  const dismiss = () => {
    imports.dismiss();
    host.querySelector<HTMLElement>("[type=search]")?.focus();
  };
  return html`<div role="status">
      ${waiting > 0 ? html`<p class="hint shimmer">${words().transfer.importing(waiting)}</p>` : nothing}
    </div>
    ${
      failures.length === 0
        ? nothing
        : html`<div class="import-failure" role="alert">
            ${icons.alert}
            <div>${failures.map((failure) => html`<p>${failure}</p>`)}</div>
            <button
              type="button"
              class="quiet"
              aria-label=${words().common.dismiss}
              title=${words().common.dismiss}
              @click=${dismiss}
            >
              ${icons.close}
            </button>
          </div>`
    }`;
}
