import { html, nothing } from "lit";
import { words } from "../i18n/words.ts";
import type { Chat } from "../state/chat.ts";
import { type Action, act } from "./action.ts";
import "./connection-status.ts";
import { icons } from "./icons.ts";

/** How the page is laid out, as far as its head must know. */
export interface HeaderLayout {
  readonly phone: boolean;
  readonly sidebarHidden: boolean;
  /** The open conversation's title; a new chat has none. */
  readonly title: string | undefined;
  /** There is a conversation, or one about to begin, to be set up. */
  readonly writable: boolean;
}

/** The line above the messages: where one is, how one is connected, and what one can set up. */
export function renderHeader(page: HTMLElement, chat: Chat, layout: HeaderLayout) {
  const { phone, title } = layout;
  const { app, settings, share, sidebar } = words();
  const shared = chat.openConversation()?.id;
  const bare = phone || layout.sidebarHidden;
  const button = (name: string, icon: unknown, action: Action, popup = false) =>
    html`<button
      type="button"
      class="quiet"
      aria-label=${name}
      title=${name}
      aria-haspopup=${popup ? "dialog" : nothing}
      @click=${() => act(page, action)}
    >
      ${icon}
    </button>`;
  const open = phone ? app.showConversations : app.showSidebar;
  return html`<header>
    ${bare ? button(open, phone ? icons.menu : icons.sidebar, { type: "toggle-sidebar" }, phone) : nothing}
    ${title === undefined ? html`<span class="grow"></span>` : html`<h1 class="grow" dir="auto">${title}</h1>`}
    <connection-status
      .status=${chat.status.get()}
      .retryAt=${chat.retryAt.get()}
    ></connection-status>
    ${shared && title !== undefined ? button(share.title, icons.share, { type: "share", id: shared }, true) : nothing}
    ${layout.writable ? button(settings.title, icons.sliders, { type: "chat-settings" }, true) : nothing}
    ${bare ? button(sidebar.newChat, icons.plus, { type: "new-chat" }) : nothing}
  </header>`;
}
