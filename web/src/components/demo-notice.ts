import { html } from "lit";
import { words } from "../i18n/words.ts";
import { act } from "./action.ts";
import { icons } from "./icons.ts";

/** Says that no model answers here, and how to connect one. */
export function renderDemoNotice(element: HTMLElement) {
  return html`<aside class="demo" aria-label=${words().demo.demo}>
    <details>
      <summary>
        <span
          >${words().demo.explanation(html`<code dir="ltr">INFERENCE_SERVER_URL</code>`)}</span
        >
        <u>${words().demo.howTo}</u>
      </summary>
      <p>${words().demo.steps}</p>
      <pre dir="ltr"><code>INFERENCE_SERVER_URL=http://localhost:8080 npm start</code></pre>
    </details>
    <button
      type="button"
      class="quiet"
      aria-label=${words().common.dismiss}
      title=${words().common.dismiss}
      @click=${() => act(element, { type: "dismiss-demo" })}
    >
      ${icons.close}
    </button>
  </aside>`;
}
