import { html } from "lit";
import { act } from "./action.ts";
import { icons } from "./icons.ts";

/** Says that no model answers here, and how to connect one. */
export function renderDemoNotice(element: HTMLElement) {
  return html`<aside class="demo" aria-label="Demo engine">
    <details>
      <summary>
        <span
          >Demo engine: answers come from built-in rules. Connect a real model with
          <code>INFERENCE_SERVER_URL</code>.</span
        >
        <u>How to</u>
      </summary>
      <p>
        Start the server with the address of Text Generation Inference, or of anything that speaks
        the OpenAI API (vLLM, SGLang, llama.cpp):
      </p>
      <pre><code>INFERENCE_SERVER_URL=http://localhost:8080 npm start</code></pre>
    </details>
    <button
      type="button"
      class="quiet"
      aria-label="Dismiss"
      title="Dismiss"
      @click=${() => act(element, { type: "dismiss-demo" })}
    >
      ${icons.close}
    </button>
  </aside>`;
}
