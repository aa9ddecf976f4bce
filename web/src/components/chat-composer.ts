import { html, nothing, type PropertyValues } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import type { Model } from "../../../src/protocol/session.ts";
import { MAX_CONTENT_LENGTH } from "../../../src/protocol/text.ts";
import { words } from "../i18n/words.ts";
import { drafts, joinDrafts } from "../state/drafts.ts";
import { act } from "./action.ts";
import { icons } from "./icons.ts";
import { LightElement } from "./light-element.ts";
import "./model-picker.ts";

/** From here on the reader sees how much room is left. */
const NEAR_LIMIT = MAX_CONTENT_LENGTH - 2_000;

/** Where the reader writes. What is not sent yet is kept per conversation. */
@customElement("chat-composer")
export class ChatComposer extends LightElement {
  /** Changes with the conversation, not when a new chat becomes one: then the text stays. */
  @property({ attribute: false }) view = "";
  /** Under which key the draft is kept. */
  @property({ attribute: false }) draft = "new";
  /** It is known who writes here: until then a kept draft might be another's, and is not shown. */
  @property({ type: Boolean }) known = false;
  /** An answer grows or waits: it can be stopped, and what is sent now follows it. */
  @property({ type: Boolean }) answering = false;
  @property({ type: Boolean }) stopping = false;
  /** There is no server to send to, and has not been since the page began: a draft is all one makes. */
  @property({ type: Boolean }) draftOnly = false;
  @property({ attribute: false }) models: readonly Model[] = [];
  @property({ attribute: false }) model: string | undefined;

  @state() private length = 0;
  @state() private blank = true;
  @query("textarea") private input!: HTMLTextAreaElement;
  /** The draft that is not shown yet. */
  private unshown = "";
  private saving: ReturnType<typeof setTimeout> | undefined;

  /** Puts a text into the box, for the reader to go on from. */
  suggest(text: string): void {
    this.input.value = text;
    this.changed();
    this.input.focus();
    this.input.setSelectionRange(text.length, text.length);
  }

  /** Lets the reader write at once. */
  async focusInput(): Promise<void> {
    await this.updateComplete;
    this.input.focus({ preventScroll: true });
  }

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener("pagehide", this.save);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener("pagehide", this.save);
    this.save();
  }

  override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get("draft");
    if (before === undefined || !this.input) return;
    if (changed.has("view")) this.save(before);
    else {
      drafts.write(before, "");
      this.save();
    }
  }

  override updated(changed: PropertyValues<this>): void {
    if (changed.has("view")) {
      this.unshown = drafts.read(this.draft);
      this.input.value = "";
    } else if (!changed.has("known")) return;
    if (this.known) {
      this.input.value = joinDrafts(this.unshown, this.input.value);
      this.unshown = "";
    }
    this.changed();
  }

  override render() {
    const { answering, blank, length } = this;
    const over = length > MAX_CONTENT_LENGTH;
    return html`<form class="box" @submit=${this.submit} @click=${this.clicked}>
      <textarea
        id="message"
        aria-label=${words().composer.message}
        placeholder=${answering ? words().followUp.ask : words().composer.ask}
        rows="1"
        dir="auto"
        enterkeyhint="send"
        autocomplete="off"
        aria-invalid=${over ? "true" : nothing}
        aria-describedby=${over ? "message-limit" : nothing}
        @input=${this.changed}
        @keydown=${this.keydown}
      ></textarea>
      <div class="box-row">
        <model-picker .models=${this.models} .model=${this.model}></model-picker>
        ${
          length > NEAR_LIMIT
            ? html`<span id="message-limit" class=${over ? "limit over" : "limit"} role=${over ? "status" : nothing}
                >${words().composer.room(length, MAX_CONTENT_LENGTH)}</span
              >`
            : nothing
        }
        ${
          answering
            ? html`<button
                type="button"
                class="round stop"
                aria-label=${words().composer.stop}
                title=${words().composer.stopHint}
                ?disabled=${this.stopping}
                @click=${() => act(this, { type: "stop" })}
              >
                <i aria-hidden="true"></i>
              </button>`
            : nothing
        }
        ${
          answering && blank
            ? nothing
            : html`<button
                class="round send"
                aria-label=${words().composer.send}
                title=${answering ? words().composer.sendNext : words().composer.send}
                ?disabled=${blank || over || this.draftOnly}
              >
                ${icons.up}
              </button>`
        }
      </div>
    </form>`;
  }

  private changed() {
    const { value } = this.input;
    this.length = value.length;
    this.blank = value.trim() === "";
    clearTimeout(this.saving);
    this.saving = setTimeout(this.save, 200);
    if (CSS.supports("field-sizing", "content")) return;
    this.input.style.height = "auto";
    this.input.style.height = `${this.input.scrollHeight}px`;
  }

  private save = (draft: unknown = this.draft) => {
    clearTimeout(this.saving);
    this.saving = undefined;
    if (!this.input) return;
    const text = joinDrafts(this.unshown, this.input.value);
    drafts.write(typeof draft === "string" ? draft : this.draft, text);
  };

  private keydown(event: KeyboardEvent) {
    const still = !event.shiftKey && !event.altKey && !event.ctrlKey && !event.metaKey;
    if (event.key === "ArrowUp" && still && !event.isComposing && this.input.value === "") {
      event.preventDefault();
      act(this, { type: "edit-last" });
      return;
    }
    // 229: Safari ends the composition before the Enter that ended it.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) {
      return;
    }
    event.preventDefault();
    this.submit(event);
  }

  private submit(event: Event) {
    event.preventDefault();
    const text = this.input.value.trim().toWellFormed().replaceAll("\u0000", "");
    if (text === "" || text.length > MAX_CONTENT_LENGTH || this.draftOnly) return;
    this.input.value = "";
    this.changed();
    this.save();
    act(this, { type: "send", text });
  }

  private clicked(event: Event) {
    if (event.target === event.currentTarget) void this.focusInput();
  }
}
