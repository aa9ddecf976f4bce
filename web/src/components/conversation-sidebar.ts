import { html, nothing, type PropertyValues } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import type { Conversation } from "../../../src/protocol/conversation.ts";
import { words } from "../i18n/words.ts";
import { brandingOf } from "../state/branding.ts";
import type { Chat } from "../state/chat.ts";
import { rememberGroups } from "../state/conversation-groups.ts";
import { findTitles, mergeTitles } from "../state/find-titles.ts";
import "./account-menu.ts";
import { act } from "./action.ts";
import type { ConversationMenu } from "./conversation-menu.ts";
import type { MenuEvent } from "./conversation-row.ts";
import type { ConversationRows } from "./conversation-rows.ts";
import "./conversation-rows.ts";
import { FileDrop } from "./file-drop.ts";
import { icons } from "./icons.ts";
import { renderImports } from "./import-notes.ts";
import { LightElement } from "./light-element.ts";
import { loadSidebarParts } from "./load-parts.ts";
import { searchKeys } from "./search-keys.ts";
import { StoreController } from "./store-controller.ts";

/** More titles than this say that the query is too short. */
const MOST_TITLES = 50;

/** All conversations by day, a search in them, a new one, and who is signed in. */
@customElement("conversation-sidebar")
export class ConversationSidebar extends LightElement {
  @property({ attribute: false }) chat!: Chat;
  /** It is the drawer of a phone. */
  @property({ type: Boolean }) drawer = false;

  @state() private dropping = false;
  @query("conversation-menu") private menu!: ConversationMenu;
  @query("conversation-rows") private rows!: ConversationRows | null;
  @query("[type=search]") private box!: HTMLInputElement;
  @query("[type=file]") private files!: HTMLInputElement;
  private readonly groups = rememberGroups();
  private midnight: ReturnType<typeof setTimeout> | undefined;

  /** Lets the reader search. */
  focusSearch(): void {
    this.box.focus();
    this.box.select();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.midnight);
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("chat") || this.hasUpdated) return;
    const { list, library, router, session, status } = this.chat;
    const { search, unseen, imports } = library;
    const stores = [list.list, search.state, unseen.ids, imports.state, router.route];
    new StoreController(this, [...stores, session, status]);
    new FileDrop(this, {
      onOver: (over) => {
        this.dropping = over;
      },
      onFiles: (files) => void imports.take(files),
    });
  }

  override firstUpdated(): void {
    void loadSidebarParts();
  }

  override updated(): void {
    clearTimeout(this.midnight);
    const now = new Date();
    const tomorrow = new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1);
    this.midnight = setTimeout(() => this.requestUpdate(), tomorrow.getTime() - now.getTime());
  }

  override render() {
    const { chat } = this;
    const { query } = chat.library.search.state.get();
    return html`${this.renderHead()}
      <nav
        class="conversations"
        aria-label=${words().sidebar.conversations}
        @conversation-menu=${this.openMenu}
      >
        ${renderImports(this, chat.library.imports)}
        ${query === "" ? this.renderList() : this.renderResults()}
      </nav>
      <account-menu
        .user=${chat.session.get()?.user}
        ?canSignOut=${chat.session.get()?.features.signOut === true}
        .chooseFiles=${this.chooseFiles}
      ></account-menu>
      <input
        type="file"
        hidden
        multiple
        accept="application/json,.json"
        aria-label=${words().transfer.import}
        @change=${this.chosen}
      />
      <conversation-menu .rename=${this.rename}></conversation-menu>
      ${this.dropping ? html`<div class="drop" aria-hidden="true">${words().transfer.drop}</div>` : nothing}`;
  }

  private renderHead() {
    const { sidebar, search } = words();
    const branding = brandingOf(this.chat.session.get());
    const label = this.drawer ? sidebar.close : sidebar.hide;
    const { query } = this.chat.library.search.state.get();
    return html`<div class="brand">
        ${
          branding.logo
            ? html`<img class="logo" src=${branding.logo} alt="" />`
            : html`<i class="logo" aria-hidden="true">${icons.spark}</i>`
        }
        <span>${branding.name}</span>
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
        ${icons.plus}${sidebar.newChat}
      </button>
      <div class="search-box">
        ${icons.search}
        <input
          type="search"
          aria-label=${search.search}
          placeholder=${search.search}
          autocomplete="off"
          enterkeyhint="search"
          dir="auto"
          @input=${this.typed}
          @keydown=${this.keydown}
        />
        ${
          query === ""
            ? nothing
            : html`<button
                type="button"
                class="quiet"
                aria-label=${search.clear}
                title=${search.clear}
                @click=${this.clearSearch}
              >
                ${icons.close}
              </button>`
        }
      </div>`;
  }

  private renderList() {
    const list = this.chat.list.list.get();
    if (list.phase === "loading") {
      return html`<div class="skeleton" aria-hidden="true"><i></i><i></i><i></i><i></i></div>`;
    }
    if (list.phase === "failed") {
      return html`<p class="hint">
        ${words().sidebar.loadFailed}
        <button type="button" class="pill" @click=${() => act(this, { type: "reload-list" })}>
          ${words().common.tryAgain}
        </button>
      </p>`;
    }
    const groups = this.groups(list, new Date());
    if (groups.length === 0) return html`<p class="hint">${words().sidebar.empty}</p>`;
    return html`<conversation-rows
      .groups=${groups}
      .currentId=${this.currentId()}
      .leaving=${list.leaving}
      .unseen=${this.chat.library.unseen.ids.get()}
      ?more=${list.next !== undefined}
    ></conversation-rows>`;
  }

  private renderResults() {
    const { chat } = this;
    const search = chat.library.search.state.get();
    const list = chat.list.list.get();
    const here = findTitles(list, search.query, MOST_TITLES);
    const items = search.found === search.query ? search.items : [];
    return html`<search-results
      .search=${search}
      .titles=${mergeTitles(here, items, list)}
      .currentId=${this.currentId()}
      ?offline=${chat.status.get() !== "live"}
      @keydown=${this.keydown}
    ></search-results>`;
  }

  private currentId() {
    const route = this.chat.router.route.get();
    return route.page === "conversation" ? route.id : undefined;
  }

  private typed() {
    this.chat.library.search.search(this.box.value);
    // In the same picture: titles are here already.
    this.requestUpdate();
  }

  private clearSearch() {
    this.box.value = "";
    this.typed();
    this.box.focus();
  }

  private keydown(event: KeyboardEvent) {
    const links = [...this.querySelectorAll<HTMLElement>("search-results a")];
    searchKeys(event, this.box, links, () => this.clearSearch());
  }

  private readonly chooseFiles = () => this.files.click();

  private readonly rename = ({ id }: Conversation) => void this.rows?.rename(id);

  private async openMenu(event: MenuEvent) {
    await loadSidebarParts();
    await this.menu.toggleAt(event.button, event.conversation);
  }

  private chosen() {
    void this.chat.library.imports.take([...(this.files.files ?? [])]);
    this.files.value = "";
  }
}
