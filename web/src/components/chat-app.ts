import { html, nothing } from "lit";
import { customElement, query, state } from "lit/decorators.js";
import { words } from "../i18n/words.ts";
import { keepCaret } from "../keyboard/keep-caret.ts";
import { keepFocus } from "../keyboard/keep-focus.ts";
import { applyAccent, brandingOf } from "../state/branding.ts";
import type { Chat } from "../state/chat.ts";
import { conversationOf } from "../state/conversation-list.ts";
import { dismissedDemo, dismissedNotice, switches } from "../state/preferences.ts";
import { type Action, ActionEvent } from "./action.ts";
import { answerProgress } from "./answer-progress.ts";
import { renderHeader } from "./app-header.ts";
import type { ChatComposer } from "./chat-composer.ts";
import "./chat-composer.ts";
import "./conversation-sidebar.ts";
import { renderDemoNotice } from "./demo-notice.ts";
import { DockHeight } from "./dock-height.ts";
import { renderGreeting, renderMissing } from "./greeting.ts";
import { LightElement } from "./light-element.ts";
import type { LiveAnnouncer } from "./live-announcer.ts";
import { loadMessages } from "./load-parts.ts";
import type { MessageList } from "./message-list.ts";
import "./message-list.ts";
import { renderModelNotice } from "./model-notice.ts";
import { createPageCommands } from "./page-commands.ts";
import { renderAway, renderNotice } from "./page-notices.ts";
import { performAction } from "./perform-action.ts";
import { StoreController } from "./store-controller.ts";
import type { UserMessage } from "./user-message.ts";

const PHONE = "(max-width: 50rem)";

/** The whole page: lays out what the stores hold and does what its elements ask for. */
@customElement("chat-app")
export class ChatApp extends LightElement {
  @state() private chat: Chat | undefined;
  @state() private phone = matchMedia(PHONE).matches;
  @state() private sidebarHidden = switches.read("sidebar-hidden");
  @state() private demoDismissed = dismissedDemo.read();
  @state() private noticeDismissed = dismissedNotice.read();
  @query("dialog") private drawer!: HTMLDialogElement | null;
  @query("chat-composer") private composer!: ChatComposer | null;
  @query("message-list") private list!: MessageList | null;
  @query("live-announcer") private announcer!: LiveAnnouncer;
  private shownView = "";
  private leafing = false;
  private commands: ReturnType<typeof createPageCommands> | undefined;

  /** Begins with what `createChat` made. */
  start(chat: Chat): void {
    this.chat = chat;
    new DockHeight(this);
    new StoreController(this, [
      chat.status,
      chat.retryAt,
      chat.offline,
      chat.notice,
      chat.session,
      chat.list.list,
      chat.conversations.current,
      chat.conversations.loadingOlder,
      chat.newChatModel,
      chat.library.reveal.shown,
      chat.stops.wanted,
    ]);
    // Not with the next picture: a letter typed before it would go to where one was.
    chat.router.route.subscribe(() => this.requestUpdate());
    this.addEventListener(ActionEvent.type, (event) => {
      if (event instanceof ActionEvent) this.act(event.action);
    });
    matchMedia(PHONE).addEventListener("change", ({ matches }) => {
      this.phone = matches;
    });
    this.commands = createPageCommands(chat, {
      act: (action) => this.act(action),
      focusMessage: () => void this.composer?.focusInput(),
      keepFocus: () => {
        this.leafing = true;
      },
    });
    keepFocus(this, () =>
      matchMedia("(pointer: coarse)").matches
        ? this.querySelector<HTMLElement>("[role=log]")
        : this.querySelector<HTMLElement>("#message"),
    );
    keepCaret(document);
    addEventListener("keydown", (event) => this.commands?.keydown(event));
  }

  override updated(): void {
    const { chat } = this;
    if (!chat) return;
    const session = chat.session.get();
    if (session) void applyAccent(session.branding).catch(() => undefined);
    document.title = this.heading() ?? brandingOf(session).name;
    if (chat.view() === this.shownView) return;
    this.shownView = chat.view();
    const { leafing } = this;
    this.leafing = false;
    if (!leafing && !matchMedia("(pointer: coarse)").matches) void this.composer?.focusInput();
  }

  override render() {
    const { chat } = this;
    if (!chat) return nothing;
    const side = this.phone ? nothing : this.sidebarHidden ? nothing : this.renderSidebar(chat);
    return html`<div class="app" ?data-wide=${side !== nothing}>
        ${
          this.isMissing(chat)
            ? nothing
            : html`<a class="skip" href="#message" @click=${this.skip}>${words().app.skipToMessage}</a>`
        }
        ${side === nothing ? nothing : html`<aside class="side" aria-label=${words().app.sidebar}>${side}</aside>`}
        ${
          this.phone
            ? html`<dialog class="drawer" aria-label=${words().app.conversationsMenu} @click=${this.backdrop}>
                <div class="side">${this.renderSidebar(chat)}</div>
              </dialog>`
            : nothing
        }
        <main>${this.renderTop(chat)} ${this.renderMain(chat)}</main>
      </div>
      <div class="toast" role="alert">
        ${chat.notice.get() ? html`<p>${chat.notice.get()}</p>` : nothing}
      </div>
      <live-announcer .view=${chat.view()} .progress=${answerProgress(chat)}></live-announcer>`;
  }

  private renderSidebar(chat: Chat) {
    return html`<conversation-sidebar .chat=${chat} ?drawer=${this.phone}></conversation-sidebar>`;
  }

  private renderTop(chat: Chat) {
    const { features, branding } = chat.session.get() ?? {};
    const route = chat.router.route.get();
    const { phase } = chat.conversations.current.get();
    const known = chat.openConversation() !== undefined && phase !== "missing";
    const demo = features?.demo === true && !this.demoDismissed;
    const notice = branding?.notice === this.noticeDismissed ? undefined : branding?.notice;
    return html`${renderHeader(this, chat, {
      phone: this.phone,
      sidebarHidden: this.sidebarHidden,
      title: this.heading(),
      writable: route.page === "new" || known,
    })}
    ${renderNotice(this, notice)} ${demo ? renderDemoNotice(this) : nothing}`;
  }

  private renderMain(chat: Chat) {
    const conversation = chat.conversations.current.get();
    const route = chat.router.route.get();
    if (this.isMissing(chat)) {
      return html`${renderAway(chat)}
        <div class="missing">${renderMissing(this)}</div>`;
    }
    const path = chat.path();
    const growing = path.filter(({ message }) => conversation.live.has(message.id));
    const first = growing[0]?.message.id;
    const wanted = chat.stops.wanted.get();
    const session = chat.session.get();
    const branding = brandingOf(session);
    return html`<message-list
        .view=${chat.view()}
        .conversation=${conversation}
        .path=${path}
        .stopping=${wanted}
        .models=${session?.models ?? []}
        .reveal=${chat.library.reveal.shown.get()}
        ?loadingOlder=${chat.conversations.loadingOlder.get()}
        .empty=${route.page === "new" ? renderGreeting(this, new Date().getHours(), session?.user, branding) : nothing}
      ></message-list>
      <div class="dock">
        ${renderAway(chat)} ${renderModelNotice(session, chat.model())}
        <chat-composer
          .view=${chat.view()}
          .draft=${route.page === "conversation" ? route.id : "new"}
          ?answering=${first !== undefined}
          ?stopping=${first !== undefined && wanted.has(first)}
          ?known=${session !== undefined || chat.offline.get() !== undefined}
          ?draftOnly=${chat.offline.get() !== undefined}
          .models=${session?.models ?? []}
          .model=${chat.model()}
        ></chat-composer>
        <p class="fine">
          ${words().app.fine}
          ${branding.rules ? html`<a href=${branding.rules} target="_blank" rel="noopener">${words().notice.rules}</a>` : nothing}
        </p>
      </div>`;
  }

  /** The open conversation's title; a new chat and a missing one have none. */
  private heading(): string | undefined {
    const route = this.chat?.router.route.get();
    if (!this.chat || route?.page !== "conversation") return undefined;
    if (this.chat.conversations.current.get().phase === "missing") return undefined;
    return conversationOf(this.chat.list.list.get(), route.id)?.title || words().common.untitled;
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
        return dismissedDemo.write();
      case "show-shortcuts":
        return this.commands?.run("help");
      case "dismiss-notice":
        this.noticeDismissed = this.chat.session.get()?.branding.notice;
        return dismissedNotice.write(this.noticeDismissed ?? "");
      case "chat-settings":
        return void this.openSettings(this.chat);
      case "edit-last":
        return this.editLast();
      case "announce":
        return void loadMessages().then(() => this.announcer.say(action.words));
      case "suggest":
        return this.composer?.suggest(action.text);
      case "delete":
      case "restore": {
        const before = this.chat.view();
        performAction(this.chat, action);
        // What opens or closes with it takes no focus from the row in the sidebar.
        this.leafing = this.chat.view() !== before;
        return;
      }
      default:
        performAction(this.chat, action);
    }
    if (action.type === "new-chat") {
      this.drawer?.close();
      void this.composer?.focusInput();
    } else if (action.type === "edit") {
      void this.composer?.focusInput();
    } else if (action.type === "send" || action.type === "regenerate") {
      void this.updateComplete.then(() => this.list?.follow());
    }
  }

  private async openSettings(chat: Chat) {
    const sheet = await import("./chat-settings.ts").catch(() => undefined);
    sheet?.openChatSettings(chat);
  }

  /** The one that waits last, else the last that was sent. */
  private editLast() {
    [...this.querySelectorAll<UserMessage>("user-message")].at(-1)?.edit();
  }

  /** The address leads nowhere. */
  private isMissing(chat: Chat): boolean {
    const { page } = chat.router.route.get();
    return page === "unknown" || chat.conversations.current.get().phase === "missing";
  }

  private skip(event: Event) {
    event.preventDefault();
    void this.composer?.focusInput();
  }

  private backdrop(event: Event) {
    if (event.target === this.drawer) this.drawer?.close();
  }
}
