import { html, nothing, type PropertyValues } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { MAX_CONTENT_LENGTH } from "../../../src/protocol/text.ts";
import { words } from "../i18n/words.ts";
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

  private cameFrom: Element | null = null;

  /** Lets the reader write it anew. */
  readonly edit = () => {
    if (this.node.pending && !this.node.pending.queued) return;
    this.cameFrom = document.activeElement;
    this.editing = true;
    if (this.node.pending) act(this, { type: "rewording", id: this.node.message.id, on: true });
  };

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    if (this.editing && this.node.pending?.queued) {
      act(this, { type: "rewording", id: this.node.message.id, on: false });
    }
  }

  override updated(changed: PropertyValues): void {
    if (!changed.has("editing") || !this.editing || !this.input) return;
    this.input.value = this.node.message.content;
    this.input.focus();
    this.input.setSelectionRange(this.input.value.length, this.input.value.length);
    this.resize();
  }

  override render() {
    return html`<article class="message you" aria-label=${words().messages.you}>
      ${this.editing ? this.renderEditor() : this.renderText()}
    </article>`;
  }

  private renderText() {
    const { message, pending } = this.node;
    return html`<div class="bubble" dir="auto">${message.content}</div>
      ${pending?.queued ? this.renderQueued(pending.queued) : pending ? this.renderPending() : this.renderActions()}`;
  }

  private renderQueued(queued: "waiting" | "failed" | "stopped") {
    const { followUp, messages } = words();
    const { id } = this.node.message;
    return html`<div class="queued-actions">
      <span>${queued === "waiting" ? followUp.queued : followUp[queued]}</span>
      ${
        queued !== "waiting"
          ? html`<button
              type="button"
              class="pill small"
              @click=${() => act(this, { type: "send-now" })}
            >
              ${followUp.sendNow}
            </button>`
          : nothing
      }
      <button type="button" class="quiet edit" aria-label=${messages.edit} title=${messages.edit} @click=${this.edit}>
        ${icons.pencil}
      </button>
      <button
        type="button"
        class="quiet"
        aria-label=${followUp.remove}
        title=${followUp.remove}
        @click=${() => act(this, { type: "unqueue", id })}
      >
        ${icons.close}
      </button>
    </div>`;
  }

  private renderActions() {
    return html`<div class="actions">
      ${versionSwitch(this, this.node)}
      <button type="button" class="quiet edit" aria-label=${words().messages.edit} title=${words().messages.edit} @click=${this.edit}>
        ${icons.pencil}
      </button>
    </div>`;
  }

  private renderPending() {
    const { pending } = this.node;
    if (!pending) return nothing;
    const { messageId: id, refusal } = pending;
    if (refusal === undefined) return html`<p class="sending">${words().messages.sending}</p>`;
    return html`<div class="failure" role="group" aria-label=${words().messages.notSent}>
      ${icons.alert}
      <div>${words().messages.notSentWhy(refusal)}</div>
      <button type="button" class="pill" @click=${() => act(this, { type: "retry", id })}>
        ${words().common.tryAgain}
      </button>
      <button type="button" class="pill" @click=${() => act(this, { type: "discard", id })}>
        ${words().messages.discard}
      </button>
    </div>`;
  }

  private renderEditor() {
    return html`<form class="editor" @submit=${this.submit} @keydown=${this.keydown}>
      <textarea aria-label=${words().messages.editedText} rows="1" dir="auto" @input=${this.resize}></textarea>
      ${
        this.tooLong
          ? html`<p class="over">${words().messages.tooLong(MAX_CONTENT_LENGTH)}</p>`
          : nothing
      }
      <div class="editor-foot">
        <p>${this.node.pending ? words().followUp.notSentYet : words().messages.versionsStay}</p>
        <button type="button" class="pill" @click=${this.cancel}>${words().common.cancel}</button>
        <button class="pill strong" ?disabled=${this.tooLong}>${words().common.save}</button>
      </div>
    </form>`;
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
    const { message, pending } = this.node;
    if (pending) act(this, { type: "reword", id: message.id, text });
    else if (text !== message.content) return act(this, { type: "edit", message, text });
    this.focusBack();
  }

  private cancel() {
    this.editing = false;
    if (this.node.pending) act(this, { type: "rewording", id: this.node.message.id, on: false });
    this.focusBack();
  }

  /** To where one was before; the button that was pressed is another one now. */
  private focusBack() {
    const { cameFrom } = this;
    void this.updateComplete.then(() => {
      const back = cameFrom?.isConnected ? cameFrom : this.querySelector("button.edit");
      if (back instanceof HTMLElement) back.focus();
    });
  }
}
