import { html, nothing, type PropertyValues } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import type { ConversationId } from "../../../src/protocol/ids.ts";
import type { User } from "../../../src/protocol/session.ts";
import { groupConversations } from "../state/conversation-groups.ts";
import { type ConversationList, UNKNOWN_LIST } from "../state/conversation-list.ts";
import "./account-menu.ts";
import { act } from "./action.ts";
import type { ConversationMenu } from "./conversation-menu.ts";
import "./conversation-menu.ts";
import type { ConversationRow, MenuEvent } from "./conversation-row.ts";
import "./conversation-row.ts";
import { icons } from "./icons.ts";
import { LightElement } from "./light-element.ts";

/** All conversations by day, a new one, and who is signed in. */
@customElement("conversation-sidebar")
export class ConversationSidebar extends LightElement {
  @property({ attribute: false }) list: ConversationList = UNKNOWN_LIST;
  @property({ attribute: false }) currentId: ConversationId | undefined;
  @property({ attribute: false }) user: User | undefined;
  /** It is the drawer of a phone. */
  @property({ type: Boolean }) drawer = false;

  @query("conversation-menu") private menu!: ConversationMenu;
  @query(".end") private end!: Element | null;
  private observer: IntersectionObserver | undefined;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.observer?.disconnect();
    this.observer = undefined;
  }

  override updated(changed: PropertyValues): void {
    if (!changed.has("list") && this.observer) return;
    this.observer ??= new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) act(this, { type: "load-more" });
      },
      { root: this.querySelector(".conversations"), rootMargin: "300px" },
    );
    this.observer.disconnect();
    if (this.end) this.observer.observe(this.end);
  }

  override render() {
    const label = this.drawer ? "Close conversations" : "Hide sidebar";
    return html`<div class="brand">
        <i class="logo" aria-hidden="true">${icons.spark}</i><span>Chatbot</span>
        <button
          type="button"
          class="quiet"
          aria-label=${label}
          title=${label}
          @click=${() => act(this, { type: this.drawer ? "close-drawer" : "toggle-sidebar" })}
        >
          ${this.drawer ? icons.close : icons.sidebar}
        </button>
      </div>
      <button type="button" class="new-chat" @click=${() => act(this, { type: "new-chat" })}>
        ${icons.plus}New chat
      </button>
      <nav class="conversations" aria-label="Conversations" @conversation-menu=${this.openMenu}>
        ${this.renderList()}
      </nav>
      <account-menu .user=${this.user}></account-menu>
      <conversation-menu .rename=${this.rename}></conversation-menu>`;
  }

  private renderList() {
    const { list, currentId } = this;
    if (list.phase === "loading") {
      return html`<div class="skeleton" aria-hidden="true"><i></i><i></i><i></i><i></i></div>`;
    }
    if (list.phase === "failed") {
      return html`<p class="hint">
        Your conversations could not be loaded.
        <button
          type="button"
          class="pill"
          @click=${() => act(this, { type: "reload-list" })}
        >
          Try again
        </button>
      </p>`;
    }
    const groups = groupConversations(list, new Date());
    if (groups.length === 0) return html`<p class="hint">Your conversations appear here.</p>`;
    return html`${repeat(
      groups,
      ({ label }) => label,
      ({ label, items }) => html`<section>
        <h2>${label}</h2>
        <ul>
          ${repeat(
            items,
            ({ id }) => id,
            (conversation) => html`<li>
              <conversation-row
                .conversation=${conversation}
                ?current=${conversation.id === currentId}
                ?leaving=${list.leaving.has(conversation.id)}
              ></conversation-row>
            </li>`,
          )}
        </ul>
      </section>`,
    )}
    ${list.next === undefined ? nothing : html`<div class="end" aria-hidden="true"></div>`}`;
  }

  private openMenu(event: MenuEvent) {
    void this.menu.toggleAt(event.button, event.conversation);
  }

  private rename = ({ id }: { readonly id: ConversationId }) => {
    const rows = [...this.querySelectorAll<ConversationRow>("conversation-row")];
    rows.find((row) => row.conversation.id === id)?.rename();
  };
}
