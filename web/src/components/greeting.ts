import { html, nothing } from "lit";
import type { Branding, User } from "../../../src/protocol/session.ts";
import { words } from "../i18n/words.ts";
import { act } from "./action.ts";

interface Starter {
  readonly title: string;
  readonly prompt: string;
  readonly hint?: string;
}

/** What a new chat begins with. */
export function renderGreeting(
  element: HTMLElement,
  hour: number,
  user: User | undefined,
  branding: Branding,
) {
  const { greeting } = words();
  const hello =
    greeting[hour < 5 ? "evening" : hour < 12 ? "morning" : hour < 18 ? "afternoon" : "evening"];
  const { logo, welcome } = branding;
  const starters: readonly Starter[] = branding.starters?.length
    ? branding.starters
    : greeting.starters;
  return html`<div class="greeting">
    ${logo ? html`<img class="greeting-logo" src=${logo} alt="" />` : nothing}
    <h1>${hello(firstNameOf(user))}</h1>
    <p><bdi>${welcome ?? greeting.question}</bdi></p>
    <ul>
      ${starters.map(
        ({ title, hint, prompt }) => html`<li>
          <button type="button" @click=${() => act(element, { type: "suggest", text: prompt })}>
            <b><bdi>${title}</bdi></b><span dir="auto">${hint ?? firstLine(prompt)}</span>
          </button>
        </li>`,
      )}
    </ul>
  </div>`;
}

/** As one is called: the first of several names. An id or an address is nobody's name. */
function firstNameOf(user: User | undefined): string | undefined {
  const name = user?.name?.trim();
  if (!name || user?.id === DEV_USER || name.includes("@")) return undefined;
  return name.split(/[\s\u3000]+/)[0];
}

/** The one user of a page without a sign-in (`AUTH_MODE=dev`). */
const DEV_USER = "local";

function firstLine(text: string): string {
  return text.trim().split("\n")[0] ?? "";
}

/** What an address that leads nowhere shows. */
export function renderMissing(element: HTMLElement) {
  const { greeting } = words();
  return html`<div class="greeting">
    <h1>${greeting.missing}</h1>
    <p>${greeting.missingWhy}</p>
    <button type="button" class="pill strong" @click=${() => act(element, { type: "new-chat" })}>
      ${greeting.startNew}
    </button>
  </div>`;
}
