import { html, nothing } from "lit";
import { formatMoment } from "../i18n/format.ts";
import { words } from "../i18n/words.ts";
import type { Chat } from "../state/chat.ts";
import { act } from "./action.ts";
import { icons } from "./icons.ts";
// Not loaded when it is needed: the proxy gives nothing to who is signed out.
import "./sign-in-card.ts";

/** What the administrators have to say, until the reader has put that very text away. */
export function renderNotice(page: HTMLElement, notice: string | undefined) {
  if (!notice) return nothing;
  const { dismiss } = words().common;
  return html`<aside class="banner" aria-label=${words().notice.notice}>
    ${icons.info}
    <p><bdi>${notice}</bdi></p>
    <button
      type="button"
      class="quiet"
      aria-label=${dismiss}
      title=${dismiss}
      @click=${() => act(page, { type: "dismiss-notice" })}
    >
      ${icons.close}
    </button>
  </aside>`;
}

/** Above the box: why what is on screen may be old, and the way back for who is signed out. */
export function renderAway(chat: Chat) {
  if (chat.status.get() === "signed-out") {
    return html`<sign-in-card></sign-in-card>`;
  }
  const shown = chat.offline.get();
  if (!shown) return nothing;
  const { offline } = words();
  const inConversation = chat.router.route.get().page === "conversation";
  const what = !inConversation
    ? offline.draft
    : shown.copyOf === undefined
      ? offline.notKept
      : offline.copy(formatMoment(new Date(shown.copyOf)));
  return html`<p class="away" role="note">${icons.cloudOff}<span>${what}</span></p>`;
}
