import { html, nothing, type PropertyValues } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import type { GenerationId, MessageId } from "../../../src/protocol/ids.ts";
import type { Model } from "../../../src/protocol/session.ts";
import { words } from "../i18n/words.ts";
import { type ConversationState, emptyConversation } from "../state/conversation-state.ts";
import type { Path, PathNode } from "../state/conversation-tree.ts";
import { act } from "./action.ts";
import type { AssistantMessage } from "./assistant-message.ts";
import { icons } from "./icons.ts";
import { LightElement } from "./light-element.ts";
import { loadMessages } from "./load-parts.ts";
import { type MessageWindow, NO_WINDOW, widen, windowOf } from "./message-window.ts";
import { ScrollKeeper } from "./scroll-keeper.ts";
import type { UserMessage } from "./user-message.ts";

void loadMessages();

/** The messages of the open conversation; it follows the end while the reader is there. */
@customElement("message-list")
export class MessageList extends LightElement {
  /** Changes with the conversation, not when a new chat becomes one. */
  @property({ attribute: false }) view = "";
  @property({ attribute: false }) conversation: ConversationState = emptyConversation("ready");
  @property({ attribute: false }) path: Path = [];
  @property({ attribute: false }) stopping: ReadonlyMap<GenerationId, unknown> = new Map();
  @property({ attribute: false }) models: readonly Model[] = [];
  @property({ type: Boolean }) loadingOlder = false;
  /** A message to be shown now; another object shows it again. */
  @property({ attribute: false }) reveal: { readonly messageId: MessageId } | undefined;
  /** What is shown where there are no messages. */
  @property({ attribute: false }) empty: unknown = nothing;

  @state() private away = false;
  @query(".scroller") private scroller!: HTMLElement;
  @query(".top") private top!: Element;

  private keeper: ScrollKeeper | undefined;
  private observer: IntersectionObserver | undefined;
  private asked = "";
  private shown: MessageWindow = NO_WINDOW;
  private watched: MessageId | undefined;

  /** Goes to the end and stays there. */
  follow(): void {
    this.keeper?.follow();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.keeper?.stop();
    this.observer?.disconnect();
  }

  override firstUpdated(): void {
    this.keeper = new ScrollKeeper(this.scroller, (away) => {
      this.away = away;
    });
    this.observer = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) this.loadOlder();
      },
      { root: this.scroller, rootMargin: "800px 0px" },
    );
    this.observer.observe(this.top);
  }

  override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.has("view") ? NO_WINDOW : this.shown;
    if (changed.has("path") || changed.has("view")) {
      this.shown = windowOf(this.path, before, this.keeper?.atEnd ?? true);
    }
    if (changed.has("reveal") && this.reveal) {
      const { messageId } = this.reveal;
      const at = this.path.findIndex(({ message }) => message.id === messageId);
      if (at >= 0 && at < this.shown.start) this.shown = widen(this.path, this.shown, at);
    }
    if (before.first && before.first !== this.shown.first) this.keeper?.hold();
  }

  override updated(changed: PropertyValues<this>): void {
    if (changed.has("view")) this.keeper?.follow();
    if (changed.has("reveal") && this.reveal) void this.showMessage(this.reveal.messageId);
    if (!changed.has("path") && !changed.has("view") && this.watched === this.shown.first) return;
    this.watched = this.shown.first;
    // Seen again, or still seen: there may be room for one more page.
    this.observer?.unobserve(this.top);
    this.observer?.observe(this.top);
  }

  override render() {
    const { conversation, path } = this;
    const { start } = this.shown;
    const loading = conversation.phase === "loading" && path.length === 0;
    return html`<div class="scroller">
        <div class="column">
          <div class="top" aria-hidden="true">
            ${this.loadingOlder ? html`<div class="skeleton"><i></i><i></i></div>` : nothing}
          </div>
          ${loading ? html`<div class="skeleton messages" aria-hidden="true"><i></i><i></i><i></i></div>` : nothing}
          ${path.length === 0 && !loading ? this.empty : nothing}
          <div role="log" tabindex="-1" aria-label=${words().messages.messages} aria-live="off" ?hidden=${path.length === 0}>
            ${repeat(
              path.slice(start),
              ({ message }) => message.id,
              (node, index) => this.renderMessage(node, path[start + index - 2]),
            )}
          </div>
        </div>
      </div>
      ${
        this.away
          ? html`<button type="button" class="jump" @click=${() => this.keeper?.follow(true)}>
              ${icons.down}${words().messages.jumpToLatest}
            </button>`
          : nothing
      }`;
  }

  private renderMessage(node: PathNode, above: PathNode | undefined) {
    const { message } = node;
    if (message.role === "user") return html`<user-message .node=${node}></user-message>`;
    if (message.role === "system") return nothing;
    const { live } = this.conversation;
    return html`<assistant-message
      .node=${node}
      .live=${live.get(message.id)}
      ?waiting=${above !== undefined && live.has(above.message.id)}
      ?stopping=${this.stopping.has(message.id)}
      .models=${this.models}
    ></assistant-message>`;
  }

  private async showMessage(id: MessageId) {
    await loadMessages();
    const messages = this.querySelectorAll<UserMessage | AssistantMessage>(
      "user-message, assistant-message",
    );
    const found = [...messages].find(({ node }) => node.message.id === id);
    await found?.updateComplete;
    const article = found?.querySelector("article");
    if (article) this.keeper?.show(article);
  }

  private loadOlder() {
    if (this.shown.start > 0) {
      this.keeper?.hold();
      this.shown = widen(this.path, this.shown);
      this.requestUpdate();
      return;
    }
    const [oldest] = this.conversation.messages.keys();
    // A page that did not come is not asked for in a loop; scrolling asks again.
    if (!oldest || this.conversation.older === "none" || this.asked === oldest) return;
    this.asked = oldest;
    setTimeout(() => {
      this.asked = "";
    }, 3_000);
    act(this, { type: "load-older" });
  }
}
