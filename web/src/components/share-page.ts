import { html, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { Message } from "../../../src/protocol/message.ts";
import type { SharedConversation, ShareId } from "../../../src/protocol/share.ts";
import { ApiError } from "../api/http.ts";
import { readShare } from "../api/read-share.ts";
import { formatDay } from "../i18n/format.ts";
import { words } from "../i18n/words.ts";
import "../markdown/markdown-view.ts";
import type { Route } from "../state/route.ts";
import "./copy-button.ts";
import { LightElement } from "./light-element.ts";

/** A conversation that someone shared, for whoever has the link: to read, and nothing else. */
@customElement("share-page")
export class SharePage extends LightElement {
  /** Absent where the address is none. */
  @property({ attribute: false }) shareId: ShareId | undefined;

  @state() private shared: SharedConversation | "loading" | "gone" | "failed" = "loading";

  override firstUpdated(): void {
    void this.load();
  }

  override updated(): void {
    const { shared } = this;
    const title = typeof shared === "object" ? shared.title : "";
    document.title = title || words().share.pageLabel;
  }

  override render() {
    return html`<div class="share-page">
      <main class="column" aria-label=${words().share.pageLabel} aria-busy=${this.shared === "loading"}>
        ${this.renderMain()}
      </main>
    </div>`;
  }

  private renderMain() {
    const { shared } = this;
    if (shared === "loading") {
      return html`<div class="skeleton messages" aria-hidden="true"><i></i><i></i><i></i></div>`;
    }
    if (shared === "gone") return this.renderGone();
    if (shared === "failed") {
      return html`<div class="share-gone" role="alert">
        <h1>${words().share.failed}</h1>
        <button type="button" class="pill" @click=${() => void this.load()}>
          ${words().common.tryAgain}
        </button>
      </div>`;
    }
    return html`<header class="share-head">
        <h1 dir="auto">${shared.title || words().common.untitled}</h1>
        <p>${words().share.snapshot(formatDay(new Date(shared.createdAt)))}</p>
      </header>
      <div role="log" aria-label=${words().messages.messages} aria-live="off">
        ${shared.messages.map(renderMessage)}
      </div>
      <footer class="share-foot">
        <p>${words().app.fine}</p>
        <a class="pill" href="/">${words().share.home}</a>
      </footer>`;
  }

  private renderGone() {
    return html`<div class="share-gone">
      <h1>${words().share.gone}</h1>
      <p>${words().share.goneWhy}</p>
      <a class="pill" href="/">${words().share.home}</a>
    </div>`;
  }

  private async load() {
    this.shared = "loading";
    try {
      this.shared = this.shareId ? await readShare(this.shareId) : "gone";
    } catch (error) {
      this.shared = error instanceof ApiError && error.code === "not_found" ? "gone" : "failed";
    }
  }
}

/** Shows what the address names in place of the chat, to be kept out of search engines. */
export function showSharePage(route: Route): void {
  const robots = document.createElement("meta");
  robots.name = "robots";
  robots.content = "noindex";
  document.head.append(robots);
  const page = new SharePage();
  page.shareId = route.page === "share" ? route.id : undefined;
  document.querySelector("chat-app")?.replaceWith(page);
}

/** As in the chat, without what only its owner can do. */
function renderMessage({ role, content, status }: Message) {
  if (role === "system") return nothing;
  if (role === "user") {
    return html`<article class="message you" aria-label=${words().messages.you}>
      <div class="bubble" dir="auto">${content}</div>
    </article>`;
  }
  return html`<article class="message answer" aria-label=${words().answer.assistant}>
    ${
      content === ""
        ? html`<p class="waiting">${words().answer.empty}</p>`
        : html`<markdown-view class="prose" dir="auto" .text=${content}></markdown-view>`
    }
    <div class="actions">
      ${content === "" ? nothing : html`<copy-button .text=${() => content}></copy-button>`}
      ${status === "stopped" ? html`<span class="ended">${words().answer.stopped}</span>` : nothing}
    </div>
  </article>`;
}
