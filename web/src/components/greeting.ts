import { html } from "lit";
import { act } from "./action.ts";

const STARTS = [
  ["Summarise a document", "Paste it, say for whom", "Summarise this for a busy colleague:\n\n"],
  ["Draft a message", "To a customer, a colleague, a board", "Draft a message to "],
  ["Explain this code", "Line by line, or the idea of it", "Explain what this code does:\n\n"],
  ["Plan a week", "From a list of what must be done", "Plan my week. What must be done:\n\n- "],
] as const;

/** What a new chat begins with. */
export function renderGreeting(element: HTMLElement, hour: number) {
  const time = hour < 5 ? "evening" : hour < 12 ? "morning" : hour < 18 ? "afternoon" : "evening";
  return html`<div class="greeting">
    <h1>Good ${time}.</h1>
    <p>What would you like to work on?</p>
    <ul>
      ${STARTS.map(
        ([name, hint, text]) => html`<li>
          <button type="button" @click=${() => act(element, { type: "suggest", text })}>
            <b>${name}</b><span>${hint}</span>
          </button>
        </li>`,
      )}
    </ul>
  </div>`;
}

/** What an address that leads nowhere shows. */
export function renderMissing(element: HTMLElement) {
  return html`<div class="greeting">
    <h1>This conversation does not exist.</h1>
    <p>It may have been deleted, or it belongs to someone else.</p>
    <button type="button" class="pill strong" @click=${() => act(element, { type: "new-chat" })}>
      Start a new one
    </button>
  </div>`;
}
