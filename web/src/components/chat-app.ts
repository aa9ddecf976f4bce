import { html, nothing } from "lit";
import { customElement, query, state } from "lit/decorators.js";
import type { Chat } from "../state/chat.ts";
import { conversationOf } from "../state/conversation-list.ts";
import { switches } from "../state/preferences.ts";
import { type Action, ActionEvent } from "./action.ts";
import type { ChatComposer } from "./chat-composer.ts";
import "./chat-composer.ts";
import "./connection-status.ts";
import { UNTITLED } from "./conversation-row.ts";
import "./conversation-sidebar.ts";
import { renderDemoNotice } from "./demo-notice.ts";
import { renderGreeting, renderMissing } from "./greeting.ts";
import { icons } from "./icons.ts";
import { LightElement } from "./light-element.ts";
import type { LiveAnnouncer } from "./live-announcer.ts";
import "./live-announcer.ts";
import type { MessageList } from "./message-list.ts";
import "./message-list.ts";
import { renderModelNotice } from "./model-notice.ts";
import { performAction } from "./perform-action.ts";
import { StoreController } from "./store-controller.ts";

const PHONE = "(max-width: 50rem)";

/** The whole page: lays out what the stores hold and does what its elements ask for. */
@customElement("chat-app")
export class ChatApp extends LightElement {
  @state() private chat: Chat | undefined;
  @state() private phone = matchMedia(PHONE).matches;
  @state() private sidebarHidden = switches.read("sidebar-hidden");
  @state() private demoDismissed = switches.read("demo-dismissed");
  @query("dialog") private drawer!: HTMLDialogElement | null;
  @query("chat-composer") private composer!: ChatComposer | null;
  @query("message-list") private list!: MessageList | null;
  @query("live-announcer") private announcer!: LiveAnnouncer;
  private shownView = "";

  /** Begins with what `createChat` made. */
  start(chat: Chat): void {
    this.chat = chat;
    new StoreController(this, [
      chat.status,
      chat.notice,
      chat.session,
      chat.list.list,
      chat.conversations.current,
      chat.conversations.loadingOlder,
      chat.newChatModel,
      chat.router.route,
      chat.stops.wanted,
    ]);
    this.addEventListener(ActionEvent.type, (event) => {
      if (event instanceof ActionEvent) this.act(event.action);
    });
    matchMedia(PHONE).addEventListener("change", ({ matches }) => {
      this.phone = matches;
    });
    addEventListener("keydown", (event) => this.keydown(event));
  }

  override updated(): void {
    const { chat } = this;
    if (!chat) return;
    document.title = this.heading() ?? "Chatbot";
    if (chat.view() === this.shownView) return;
    this.shownView = chat.view();
    if (!matchMedia("(pointer: coarse)").matches) void this.composer?.focusInput();
  }

  override render() {
    const { chat } = this;
    if (!chat) return nothing;
    const side = this.phone ? nothing : this.sidebarHidden ? nothing : this.renderSidebar(chat);
    return html`<div class="app" ?data-wide=${side !== nothing}>
        <a class="skip" href="#message">Skip to the message box</a>
        ${side === nothing ? nothing : html`<aside class="side" aria-label="Sidebar">${side}</aside>`}
        ${
          this.phone
            ? html`<dialog class="drawer" aria-label="Conversations menu" @click=${this.backdrop}>
                <div class="side">${this.renderSidebar(chat)}</div>
              </dialog>`
            : nothing
        }
        <main>${this.renderHeader(chat)} ${this.renderDemo(chat)} ${this.renderMain(chat)}</main>
      </div>
      <div class="toast" role="alert">
        ${chat.notice.get() ? html`<p>${chat.notice.get()}</p>` : nothing}
      </div>
      ${this.renderAnnouncer(chat)}`;
  }

  private renderSidebar(chat: Chat) {
    const route = chat.router.route.get();
    return html`<conversation-sidebar
      .list=${chat.list.list.get()}
      .currentId=${route.page === "conversation" ? route.id : undefined}
      .user=${chat.session.get()?.user}
      ?drawer=${this.phone}
    ></conversation-sidebar>`;
  }

  private renderHeader(chat: Chat) {
    const title = this.heading();
    const open = this.phone ? "Show conversations" : "Show sidebar";
    const bare = this.phone || this.sidebarHidden;
    return html`<header>
      ${
        bare
          ? html`<button
              type="button"
              class="quiet"
              aria-label=${open}
              title=${open}
              aria-haspopup=${this.phone ? "dialog" : nothing}
              @click=${() => this.act({ type: "toggle-sidebar" })}
            >
              ${this.phone ? icons.menu : icons.sidebar}
            </button>`
          : nothing
      }
      ${title === undefined ? html`<span class="grow"></span>` : html`<h1 class="grow">${title}</h1>`}
      <connection-status .status=${chat.status.get()}></connection-status>
      ${
        bare
          ? html`<button
              type="button"
              class="quiet"
              aria-label="New chat"
              title="New chat"
              @click=${() => this.act({ type: "new-chat" })}
            >
              ${icons.plus}
            </button>`
          : nothing
      }
    </header>`;
  }

  private renderDemo(chat: Chat) {
    const demo = chat.session.get()?.features.demo === true && !this.demoDismissed;
    return demo ? renderDemoNotice(this) : nothing;
  }

  private renderMain(chat: Chat) {
    const conversation = chat.conversations.current.get();
    const route = chat.router.route.get();
    if (route.page === "unknown" || conversation.phase === "missing") {
      return html`<div class="missing">${renderMissing(this)}</div>`;
    }
    const path = chat.path();
    const growing = path.filter(({ message }) => conversation.live.has(message.id));
    const first = growing[0]?.message.id;
    const wanted = chat.stops.wanted.get();
    const session = chat.session.get();
    return html`<message-list
        .view=${chat.view()}
        .conversation=${conversation}
        .path=${path}
        .stopping=${wanted}
        ?loadingOlder=${chat.conversations.loadingOlder.get()}
        .empty=${route.page === "new" ? renderGreeting(this, new Date().getHours()) : nothing}
      ></message-list>
      <div class="dock">
        ${renderModelNotice(session, chat.model())}
        <chat-composer
          .view=${chat.view()}
          .draft=${route.page === "conversation" ? route.id : "new"}
          ?answering=${first !== undefined}
          ?stopping=${first !== undefined && wanted.has(first)}
          .models=${session?.models ?? []}
          .model=${chat.model()}
        ></chat-composer>
        <p class="fine">Answers can be wrong. Check what matters.</p>
      </div>`;
  }

  private renderAnnouncer(chat: Chat) {
    const { live } = chat.conversations.current.get();
    const id = chat.path().findLast(({ message }) => live.has(message.id))?.message.id;
    return html`<live-announcer
      .answer=${id && live.get(id)?.text.text}
      .answerId=${id ?? ""}
    ></live-announcer>`;
  }

  /** The open conversation's title; a new chat and a missing one have none. */
  private heading(): string | undefined {
    const route = this.chat?.router.route.get();
    if (!this.chat || route?.page !== "conversation") return undefined;
    if (this.chat.conversations.current.get().phase === "missing") return undefined;
    return conversationOf(this.chat.list.list.get(), route.id)?.title || UNTITLED;
  }

  private act(action: Action) {
    if (!this.chat) return;
    switch (action.type) {
      case "toggle-sidebar":
        if (this.phone) this.drawer?.showModal();
        else {
          this.sidebarHidden = !this.sidebarHidden;
          switches.write("sidebar-hidden", this.sidebarHidden);
        }
        return;
      case "close-drawer":
        return this.drawer?.close();
      case "dismiss-demo":
        this.demoDismissed = true;
        return switches.write("demo-dismissed", true);
      case "announce":
        return this.announcer.say(action.words);
      case "suggest":
        return this.composer?.suggest(action.text);
      default:
        performAction(this.chat, action);
    }
    if (action.type === "new-chat") {
      this.drawer?.close();
      void this.composer?.focusInput();
    } else if (action.type === "send" || action.type === "regenerate") {
      void this.updateComplete.then(() => this.list?.follow());
    }
  }

  private backdrop(event: Event) {
    if (event.target === this.drawer) this.drawer?.close();
  }

  /** Escape stops the answer, where it closes nothing else. */
  private keydown(event: KeyboardEvent) {
    if (event.key !== "Escape" || event.defaultPrevented || event.isComposing) return;
    if (this.querySelector("dialog[open], :popover-open")) return;
    this.act({ type: "stop" });
  }
}
