import { html, noChange, type PropertyValues } from "lit";
import { customElement, property } from "lit/decorators.js";
import { guard } from "lit/directives/guard.js";
import { LightElement } from "../components/light-element.ts";
import { words } from "../i18n/words.ts";
import { type Engine, engineIfLoaded, loadEngine } from "./load-engine.ts";
import { advance, arrive, type Pace, paceFrom } from "./pace.ts";
import { SettledBlocks } from "./settled-blocks.ts";
import { splitBlocks } from "./split-blocks.ts";
import { NO_TEXT, type SplitText } from "./split-text.ts";
import { inTurn } from "./turns.ts";

/** Parsing that would take longer than this in one go waits for the next picture. */
const BUDGET_MS = 4;

const calm = matchMedia("(prefers-reduced-motion: reduce)");

/**
 * Shows Markdown as it grows, word by word: settled blocks are parsed once and never touched
 * again, the growing one is parsed anew for each picture. Does nothing while nobody can see it.
 */
@customElement("markdown-view")
export class MarkdownView extends LightElement {
  @property({ attribute: false }) text = "";
  /** More is to come: the last block is shown as it is about to look. */
  @property({ type: Boolean, reflect: true }) streaming = false;

  private readonly settled = new SettledBlocks();
  private split: SplitText = NO_TEXT;
  private pace: Pace | undefined;
  private frame = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** A picture has been drawn since the last change. */
  private drawn = true;
  /** Nothing is to be rendered now: the next picture brings what has come. */
  private held = false;
  /** Has had its turn. */
  private begun = false;

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("visibilitychange", this.seen);
    if (!engineIfLoaded()) this.awaitEngine();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("visibilitychange", this.seen);
    cancelAnimationFrame(this.frame);
    clearTimeout(this.timer);
  }

  override willUpdate(changed: PropertyValues<this>): void {
    const { text, streaming } = this;
    const now = performance.now();
    if (!this.pace || !streaming || calm.matches || document.hidden) {
      this.pace = paceFrom(text.length);
    } else this.pace = arrive(this.pace, text.length, now);
    if (document.hidden && this.begun) return;
    // More often than it can be seen, text alone is not drawn.
    this.held = streaming && !this.drawn && changed.size === 1 && changed.has("text");
    if (!this.held) {
      this.pace = advance(this.pace, text, now);
      // The last line of a whole text has ended, even where no line break says so.
      const seen = streaming ? text.slice(0, this.pace.shown) : `${text}\n`;
      this.split = splitBlocks(this.split, seen);
    }
    if (this.held || this.pace.shown < text.length) this.later();
  }

  override render() {
    if (this.held || (document.hidden && this.begun)) return noChange;
    const engine = engineIfLoaded();
    if (!engine) return html`<p class="plain">${this.text}</p>`;
    if (!this.begun && !this.streaming) {
      inTurn(() => {
        this.begun = true;
        this.requestUpdate();
        return this.updateComplete;
      });
      return html`<p class="plain unready">${this.text}</p>`;
    }
    this.begun = true;
    return html`${this.chunks(engine)}`;
  }

  private chunks(engine: Engine): readonly unknown[] {
    const begin = performance.now();
    let rendered = 0;
    const mayGoOn = () => rendered++ === 0 || performance.now() - begin < BUDGET_MS;
    const tail = () => this.tail(engine);
    const { groups, complete } = this.settled.show(
      this.split,
      this.streaming,
      engine,
      tail,
      mayGoOn,
    );
    if (!complete) this.later();
    return groups;
  }

  private tail(engine: Engine) {
    const { text, start, definitions } = this.split;
    return guard([text.slice(start), this.streaming, definitions, words()], () =>
      engine.renderTail(this.split, this.streaming),
    );
  }

  /** Goes on between the next picture and the one after: neither waits for it. */
  private later() {
    this.drawn = false;
    cancelAnimationFrame(this.frame);
    clearTimeout(this.timer);
    this.frame = requestAnimationFrame(() => {
      this.drawn = true;
      this.timer = setTimeout(() => this.requestUpdate());
    });
  }

  private awaitEngine() {
    loadEngine().then(
      () => this.requestUpdate(),
      () => setTimeout(() => this.isConnected && this.awaitEngine(), 3_000),
    );
  }

  private readonly seen = () => {
    if (!document.hidden) this.requestUpdate();
  };
}
