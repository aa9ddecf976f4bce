import { html, nothing, type PropertyValues } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import type { Conversation } from "../../../src/protocol/conversation.ts";
import { MAX_TITLE_LENGTH } from "../../../src/protocol/text.ts";
import { words } from "../i18n/words.ts";
import { pathOf } from "../state/route.ts";
import { act } from "./action.ts";
import { icons } from "./icons.ts";
import { LightElement } from "./light-element.ts";

/** Asks the sidebar for its menu. */
export class MenuEvent extends Event {
  readonly button: HTMLElement;
  readonly conversation: Conversation;

  constructor(button: HTMLElement, conversation: Conversation) {
    super("conversation-menu", { bubbles: true });
    this.button = button;
    this.conversation = conversation;
  }
}

/** One conversation of the sidebar: a link and its menu, a name being written, or a way back. */
@customElement("conversation-row")
export class ConversationRow extends LightElement {
  @property({ attribute: false }) conversation!: Conversation;
  @property({ type: Boolean }) current = false;
  @property({ type: Boolean }) leaving = false;
  /** An answer of it ended that nobody has seen. */
  @property({ type: Boolean }) unseen = false;

  @state() private renaming = false;
  @query("input") private input!: HTMLInputElement | null;
  private hadFocus = false;

  /** Lets the reader write a new title in place. */
  rename(): void {
    this.renaming = true;
  }

  override willUpdate(changed: PropertyValues): void {
    this.hadFocus = changed.has("leaving") && this.contains(document.activeElement);
  }

  override updated(changed: PropertyValues): void {
    if (changed.has("renaming") && this.renaming) this.input?.select();
    // What had the focus is gone: the way back takes it, and gives it back.
    if (this.hadFocus) this.querySelector<HTMLElement>("a, button")?.focus({ preventScroll: true });
  }

  override render() {
    if (this.leaving) return this.renderLeaving();
    if (this.renaming) return this.renderRenaming();
    const { conversation, current } = this;
    const title = conversation.title || words().common.untitled;
    return html`<div class="row" ?data-current=${current}>
      <a
        href=${pathOf(conversation.id)}
        title=${title}
        dir="auto"
        aria-current=${current ? "page" : nothing}
        @click=${() => act(this, { type: "close-drawer" })}
        >${title}</a
      >
      ${this.renderMark()}
      <button
        type="button"
        class="quiet options"
        aria-label=${words().conversationMenu.options}
        aria-haspopup="menu"
        aria-expanded="false"
        @click=${this.menu}
      >
        ${icons.more}
      </button>
    </div>`;
  }

  private renderMark() {
    const { generating, pinned } = this.conversation;
    const { answering, unseen } = words().sidebar;
    if (generating) return html`<i class="dot pulse" role="img" aria-label=${answering}></i>`;
    if (this.unseen) return html`<i class="dot" role="img" aria-label=${unseen}></i>`;
    return pinned ? html`<span class="mark">${icons.pin}</span>` : nothing;
  }

  private renderLeaving() {
    return html`<div class="row leaving">
      <span>${words().sidebar.deleted}</span>
      <button
        type="button"
        class="quiet with-label"
        @click=${() => act(this, { type: "restore", id: this.conversation.id })}
      >
        ${icons.undo}<span>${words().sidebar.undo}</span>
      </button>
    </div>`;
  }

  private renderRenaming() {
    return html`<div class="row renaming">
      <input
        aria-label=${words().sidebar.title}
        maxlength=${MAX_TITLE_LENGTH}
        .value=${this.conversation.title}
        autocomplete="off"
        dir="auto"
        @keydown=${this.keydown}
        @blur=${() => this.finish(true)}
      />
    </div>`;
  }

  private keydown(event: KeyboardEvent) {
    if (event.isComposing) return;
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    this.finish(event.key === "Enter");
    void this.updateComplete.then(() => this.querySelector("a")?.focus());
  }

  private finish(save: boolean) {
    if (!this.renaming) return;
    const title = this.input?.value.trim() ?? "";
    this.renaming = false;
    const { conversation } = this;
    if (save && title !== "" && title !== conversation.title) {
      act(this, { type: "rename", id: conversation.id, title: title.toWellFormed() });
    }
  }

  private menu(event: Event) {
    const { currentTarget } = event;
    if (currentTarget instanceof HTMLElement) {
      this.dispatchEvent(new MenuEvent(currentTarget, this.conversation));
    }
  }
}

declare global {
  interface HTMLElementEventMap {
    "conversation-menu": MenuEvent;
  }
}
