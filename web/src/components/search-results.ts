import { html, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { ConversationId } from "../../../src/protocol/ids.ts";
import type { SearchItem } from "../../../src/protocol/search.ts";
import { formatDay } from "../i18n/format.ts";
import { words } from "../i18n/words.ts";
import type { FoundTitle } from "../state/find-titles.ts";
import { highlightParts } from "../state/fold-text.ts";
import { pathOf } from "../state/route.ts";
import type { SearchState } from "../state/search-store.ts";
import { act } from "./action.ts";
import { LightElement } from "./light-element.ts";

/** More titles than this would hide what was found in messages. */
const FEW_TITLES = 8;

/** What a search found: titles at once, messages as they come. */
@customElement("search-results")
export class SearchResults extends LightElement {
  @property({ attribute: false }) search!: SearchState;
  @property({ attribute: false }) titles: readonly FoundTitle[] = [];
  @property({ attribute: false }) currentId: ConversationId | undefined;
  @property({ type: Boolean }) offline = false;

  /** The query for which all titles are shown. */
  @state() private all = "";

  override render() {
    const { titles, search } = this;
    const messages = search.items.filter(({ message }) => message);
    const done = search.phase === "ready";
    return html`<p class="visually-hidden" role="status">
        ${done ? words().search.found(titles.length + messages.length) : nothing}
      </p>
      ${titles.length > 0 ? this.renderTitles() : nothing}
      ${messages.length > 0 || !done ? this.renderMessages(messages) : nothing}
      ${
        done && titles.length + messages.length === 0
          ? html`<p class="hint">${words().search.nothing(search.query)}</p>`
          : nothing
      }`;
  }

  private renderTitles() {
    const { query } = this.search;
    const few = this.all === query ? this.titles : this.titles.slice(0, FEW_TITLES);
    const more = this.titles.length - few.length;
    return html`<section>
      <h2>${words().search.titles}</h2>
      <ul>
        ${few.map(
          ({ id, title }) => html`<li class="result">
            <a href=${pathOf(id)} aria-current=${this.current(id)} @click=${this.opened}
              ><span dir="auto">${this.marked(title || words().common.untitled)}</span></a
            >
          </li>`,
        )}
      </ul>
      ${
        more > 0
          ? html`<button type="button" class="quiet with-label" @click=${() => void this.showAll(query)}>
              ${words().search.moreTitles(more)}
            </button>`
          : nothing
      }
    </section>`;
  }

  private async showAll(query: string) {
    this.all = query;
    await this.updateComplete;
    this.querySelectorAll<HTMLElement>("a")[FEW_TITLES]?.focus();
  }

  private renderMessages(messages: readonly SearchItem[]) {
    const { phase, query, found } = this.search;
    return html`<section aria-busy=${phase === "loading"}>
      <h2>${words().search.messages}</h2>
      <ul class=${found === query ? "" : "stale"}>
        ${messages.map((item) => this.renderMessage(item))}
      </ul>
      ${
        phase === "loading" && messages.length === 0
          ? html`<div class="skeleton" aria-hidden="true"><i></i><i></i><i></i><i></i></div>`
          : nothing
      }
      ${phase === "failed" ? this.renderFailure() : nothing}
    </section>`;
  }

  private renderMessage({ conversation: { id, title }, message, excerpt }: SearchItem) {
    if (!message) return nothing;
    const { you } = words().messages;
    const who = message.role === "user" ? you : words().answer.assistant;
    return html`<li class="result">
      <a href=${pathOf(id, message.id)} @click=${this.opened}>
        <span dir="auto">${title || words().common.untitled}</span>
        <span class="excerpt" dir="auto">${this.marked(excerpt, "words")}</span>
        <small>${who} · ${formatDay(new Date(message.createdAt))}</small>
      </a>
    </li>`;
  }

  private renderFailure() {
    if (this.offline) return html`<p class="hint">${words().search.offline}</p>`;
    return html`<p class="hint">
      ${words().search.failed}
      <button type="button" class="pill" @click=${() => act(this, { type: "search-again" })}>
        ${words().common.tryAgain}
      </button>
    </p>`;
  }

  private marked(text: string, where: "anywhere" | "words" = "anywhere") {
    return highlightParts(text, this.search.query, where).map((part) =>
      part.hit ? html`<mark>${part.text}</mark>` : part.text,
    );
  }

  private current(id: ConversationId) {
    return id === this.currentId ? "page" : nothing;
  }

  private opened() {
    act(this, { type: "close-drawer" });
  }
}
