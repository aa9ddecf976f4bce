import { html, nothing, type PropertyValues } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import type { GenerationId } from "../../../src/protocol/ids.ts";
import { type ConversationState, emptyConversation } from "../state/conversation-state.ts";
import type { Path, PathNode } from "../state/conversation-tree.ts";
import { act } from "./action.ts";
import "./assistant-message.ts";
import { icons } from "./icons.ts";
import { LightElement } from "./light-element.ts";
import { ScrollKeeper } from "./scroll-keeper.ts";
import "./user-message.ts";

/** The messages of the open conversation; it follows the end while the reader is there. */
@customElement("message-list")
export class MessageList extends LightElement {
  /** Changes with the conversation, not when a new chat becomes one. */
  @property({ attribute: false }) view = "";
  @property({ attribute: false }) conversation: ConversationState = emptyConversation("ready");
  @property({ attribute: false }) path: Path = [];
  @property({ attribute: false }) stopping: ReadonlyMap<GenerationId, unknown> = new Map();
  @property({ type: Boolean }) loadingOlder = false;
  /** What is shown where there are no messages. */
  @property({ attribute: false }) empty: unknown = nothing;

  @state() private away = false;
  @query(".scroller") private scroller!: HTMLElement;
  @query(".top") private top!: Element;

  private keeper: ScrollKeeper | undefined;
  private observer: IntersectionObserver | undefined;
  private asked = "";

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
    const before = changed.get("path");
    if (before && !changed.has("view") && before[0]?.message.id !== this.path[0]?.message.id) {
      this.keeper?.hold();
    }
  }

  override updated(changed: PropertyValues<this>): void {
    if (changed.has("view")) this.keeper?.follow();
    if (!changed.has("path") && !changed.has("view")) return;
    // Seen again, or still seen: there may be room for one more page.
    this.observer?.unobserve(this.top);
    this.observer?.observe(this.top);
  }

  override render() {
    const { conversation, path } = this;
    const loading = conversation.phase === "loading" && path.length === 0;
    return html`<div class="scroller">
        <div class="column">
          <div class="top" aria-hidden="true">
            ${this.loadingOlder ? html`<div class="skeleton"><i></i><i></i></div>` : nothing}
          </div>
          ${loading ? html`<div class="skeleton messages" aria-hidden="true"><i></i><i></i><i></i></div>` : nothing}
          ${path.length === 0 && !loading ? this.empty : nothing}
          <div role="log" aria-label="Messages" aria-live="off" ?hidden=${path.length === 0}>
            ${repeat(
              path,
              ({ message }) => message.id,
              (node, index) => this.renderMessage(node, path[index - 2]),
            )}
          </div>
        </div>
      </div>
      ${
        this.away
          ? html`<button type="button" class="jump" @click=${() => this.keeper?.follow(true)}>
              ${icons.down}Jump to latest
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
    ></assistant-message>`;
  }

  private loadOlder() {
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
