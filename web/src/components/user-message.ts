import { html, nothing, type PropertyValues } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { MAX_CONTENT_LENGTH } from "../../../src/protocol/text.ts";
import type { PathNode } from "../state/conversation-tree.ts";
import { act } from "./action.ts";
import { icons } from "./icons.ts";
import { LightElement } from "./light-element.ts";
import { versionSwitch } from "./version-switch.ts";

/** What the reader wrote, its other versions, and a way to write another. */
@customElement("user-message")
export class UserMessage extends LightElement {
  @property({ attribute: false }) node!: PathNode;

  @state() private editing = false;
  @state() private tooLong = false;
  @query("textarea") private input!: HTMLTextAreaElement | null;

  override updated(changed: PropertyValues): void {
    if (!changed.has("editing") || !this.editing || !this.input) return;
    this.input.value = this.node.message.content;
    this.input.focus();
    this.input.setSelectionRange(this.input.value.length, this.input.value.length);
    this.resize();
  }

  override render() {
    return html`<article class="message you" aria-label="You">
      ${this.editing ? this.renderEditor() : this.renderText()}
    </article>`;
  }

  private renderText() {
    const { message, pending } = this.node;
    return html`<div class="bubble" dir="auto">${message.content}</div>
      ${pending ? this.renderPending() : this.renderActions()}`;
  }

  private renderActions() {
    return html`<div class="actions">
      ${versionSwitch(this, this.node)}
      <button type="button" class="quiet" aria-label="Edit" title="Edit" @click=${this.edit}>
        ${icons.pencil}
      </button>
    </div>`;
  }

  private renderPending() {
    const { pending } = this.node;
    if (!pending) return nothing;
    const { messageId: id, refusal } = pending;
    if (refusal === undefined) return html`<p class="sending">Sending…</p>`;
    return html`<div class="failure" role="group" aria-label="Not sent">
      ${icons.alert}
      <div>Not sent. ${refusal}</div>
      <button type="button" class="pill" @click=${() => act(this, { type: "retry", id })}>
        Try again
      </button>
      <button type="button" class="pill" @click=${() => act(this, { type: "discard", id })}>
        Discard
      </button>
    </div>`;
  }

  private renderEditor() {
    return html`<form class="editor" @submit=${this.submit} @keydown=${this.keydown}>
      <textarea aria-label="Edited text" rows="1" dir="auto" @input=${this.resize}></textarea>
      ${
        this.tooLong
          ? html`<p class="over">Too long: at most ${MAX_CONTENT_LENGTH.toLocaleString("en")}.</p>`
          : nothing
      }
      <div class="editor-foot">
        <p>The answers below stay, as another version.</p>
        <button type="button" class="pill" @click=${this.cancel}>Cancel</button>
        <button class="pill strong" ?disabled=${this.tooLong}>Save</button>
      </div>
    </form>`;
  }

  private edit() {
    this.editing = true;
  }

  private resize() {
    const { input } = this;
    if (!input) return;
    this.tooLong = input.value.length > MAX_CONTENT_LENGTH;
    if (CSS.supports("field-sizing", "content")) return;
    input.style.height = "auto";
    input.style.height = `${input.scrollHeight}px`;
  }

  private keydown(event: KeyboardEvent) {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "Escape") {
      event.preventDefault();
      this.cancel();
    } else if (event.key === "Enter" && !event.shiftKey && event.target === this.input) {
      event.preventDefault();
      this.submit(event);
    }
  }

  private submit(event: Event) {
    event.preventDefault();
    const text = this.input?.value.trim().toWellFormed().replaceAll("\u0000", "") ?? "";
    if (text === "" || text.length > MAX_CONTENT_LENGTH) return;
    this.editing = false;
    const { message } = this.node;
    if (text !== message.content) act(this, { type: "edit", message, text });
  }

  private cancel() {
    this.editing = false;
    void this.updateComplete.then(() =>
      this.querySelector<HTMLElement>("[aria-label=Edit]")?.focus(),
    );
  }
}
