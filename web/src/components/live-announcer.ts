import { html } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { LightElement } from "./light-element.ts";
import { sentencesEnd } from "./sentences-end.ts";

const PAUSE_MS = 2_500;
const LONGEST = 600;

/** Reads an answer to a screen reader by whole sentences, not by tokens, and short news at once. */
@customElement("live-announcer")
export class LiveAnnouncer extends LightElement {
  /** The answer that grows, if one does. */
  @property({ attribute: false }) answer: string | undefined;
  @property({ attribute: false }) answerId = "";

  @state() private words = "";
  private readId = "";
  private read = 0;
  private spokeAt = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private latest = "";

  /** Says something short. */
  say(words: string): void {
    this.words = this.words === words ? `${words}\u00a0` : words;
  }

  override willUpdate(): void {
    if (this.answer === undefined) {
      if (this.readId !== "") this.finish();
      return;
    }
    if (this.answerId !== this.readId) {
      this.readId = this.answerId;
      // Coming in the middle, one does not hear all of it again.
      this.read = this.answer.length > 200 ? this.answer.length : 0;
    }
    this.latest = this.answer;
    const wait = this.spokeAt + PAUSE_MS - Date.now();
    clearTimeout(this.timer);
    if (wait <= 0) this.speak(sentencesEnd(this.latest, this.read));
    else this.timer = setTimeout(() => this.requestUpdate(), wait);
  }

  override render() {
    return html`<div class="visually-hidden" aria-live="polite">${this.words}</div>`;
  }

  private finish() {
    clearTimeout(this.timer);
    this.speak(this.latest.length);
    this.readId = "";
    this.latest = "";
    this.read = 0;
  }

  private speak(end: number) {
    if (end <= this.read) return;
    const fresh = plain(this.latest.slice(this.read, end));
    this.read = end;
    this.spokeAt = Date.now();
    if (fresh !== "") this.words = fresh.length > LONGEST ? `${fresh.slice(0, LONGEST)}…` : fresh;
  }
}

function plain(text: string): string {
  return text
    .replaceAll(/[*_`#>|~]+/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
}
