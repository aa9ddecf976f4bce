import { html, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import type { Message } from "../../../src/protocol/message.ts";
import { MAX_NOTE_LENGTH } from "../../../src/protocol/text.ts";
import { words } from "../i18n/words.ts";
import { act } from "./action.ts";
import { icons } from "./icons.ts";
import { LightElement } from "./light-element.ts";

type Rating = "up" | "down";

/** Two buttons to say what one thinks of an answer, and a place to say why. */
@customElement("answer-feedback")
export class AnswerFeedback extends LightElement {
  @property({ attribute: false }) message!: Message;

  @state() private asking = false;
  @state() private tooLong = false;
  @query("textarea") private input!: HTMLTextAreaElement | null;

  override render() {
    const { good, bad } = words().answer;
    return html`${this.renderRating("up", good)} ${this.renderRating("down", bad)}
    ${this.asking ? this.renderNote() : nothing}`;
  }

  private renderRating(rating: Rating, name: string) {
    const pressed = this.message.feedback?.rating === rating;
    return html`<button
      type="button"
      class="quiet rating"
      aria-label=${name}
      title=${name}
      aria-pressed=${pressed}
      @click=${() => this.rate(pressed ? null : rating)}
    >
      ${rating === "up" ? icons.good : icons.bad}
    </button>`;
  }

  private renderNote() {
    const { answer, common } = words();
    const up = this.message.feedback?.rating === "up";
    return html`<form class="note-form" @submit=${this.saveNote} @keydown=${this.keydown}>
      <label>
        <span>${up ? answer.goodWhy : answer.badWhy}</span>
        <textarea
          rows="2"
          dir="auto"
          .value=${this.message.feedback?.note ?? ""}
          @input=${this.measure}
        ></textarea>
      </label>
      ${this.tooLong ? html`<p class="over">${answer.noteTooLong(MAX_NOTE_LENGTH)}</p>` : nothing}
      <div>
        <button type="button" class="pill" @click=${this.close}>${common.close}</button>
        <button class="pill strong" ?disabled=${this.tooLong}>${common.save}</button>
      </div>
    </form>`;
  }

  private rate(rating: Rating | null) {
    const { message } = this;
    act(this, { type: "rate", message, change: { rating } });
    const { rated, unrated } = words().answer;
    act(this, { type: "announce", words: rating ? rated : unrated });
    this.asking = rating !== null;
  }

  private readonly measure = () => {
    this.tooLong = (this.input?.value.length ?? 0) > MAX_NOTE_LENGTH;
  };

  private saveNote(event: Event) {
    event.preventDefault();
    const { message } = this;
    const rating = message.feedback?.rating;
    const note = this.input?.value.trim().toWellFormed().replaceAll("\u0000", "") ?? "";
    if (!rating || note.length > MAX_NOTE_LENGTH) return;
    act(this, { type: "rate", message, change: { rating, ...(note ? { note } : {}) } });
    act(this, { type: "announce", words: words().answer.rated });
    this.close();
  }

  private keydown(event: KeyboardEvent) {
    if (event.key !== "Escape" || event.isComposing) return;
    event.preventDefault();
    this.close();
  }

  private close() {
    this.asking = false;
    this.querySelector<HTMLElement>("[aria-pressed=true]")?.focus();
  }
}
