import { html, type PropertyValues } from "lit";
import { customElement, property } from "lit/decorators.js";
import { guard } from "lit/directives/guard.js";
import { LightElement } from "../components/light-element.ts";
import { type Engine, engineIfLoaded, loadEngine } from "./load-engine.ts";
import { type Block, CHUNK, NO_TEXT, type SplitText, splitBlocks } from "./split-blocks.ts";
import { inTurn } from "./turns.ts";

/** Parsing that would take longer than this in one go waits for the next picture. */
const BUDGET_MS = 12;

/**
 * Shows Markdown as it grows: settled blocks are parsed once and never touched again, the growing
 * one is parsed anew for each picture.
 */
@customElement("markdown-view")
export class MarkdownView extends LightElement {
  @property({ attribute: false }) text = "";
  /** More is to come: the last block is shown as it is about to look. */
  @property({ type: Boolean, reflect: true }) streaming = false;

  private split: SplitText = NO_TEXT;
  /** How many chunks a long text may show yet: it is parsed over several pictures. */
  private allowed = 0;
  private frame = 0;
  /** Has had its turn. */
  private begun = false;

  override connectedCallback(): void {
    super.connectedCallback();
    if (!engineIfLoaded()) {
      loadEngine().then(
        () => this.requestUpdate(),
        () => setTimeout(() => this.isConnected && this.connectedCallback(), 3_000),
      );
    }
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    cancelAnimationFrame(this.frame);
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("text")) this.split = splitBlocks(this.split, this.text);
  }

  override render() {
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
    const { chunks, definitions } = this.split;
    const begin = performance.now();
    const shown: unknown[] = [];
    const last = chunks.at(-1)?.length === CHUNK ? chunks.length : Math.max(0, chunks.length - 1);
    for (let index = 0; index <= last; index += 1) {
      if (index > this.allowed && performance.now() - begin > BUDGET_MS) {
        this.later();
        break;
      }
      this.allowed = Math.max(this.allowed, index);
      const chunk = chunks[index] ?? [];
      const blocks = () => chunk.map((block) => this.block(block, engine));
      // The same shape before and after: a chunk that fills up keeps its elements.
      shown.push(
        html`<div class=${index < last ? "chunk full" : "chunk"}>
          ${index < last ? guard([chunk, definitions], blocks) : [...blocks(), this.tail(engine)]}
        </div>`,
      );
    }
    return html`${shown}`;
  }

  private block(block: Block, engine: Engine) {
    const { definitions } = this.split;
    return guard([block, definitions], () => {
      const mine = engine.definitionsFor(block.source, definitions);
      return guard([block.source, mine.join("\n")], () => engine.renderBlock(block, mine));
    });
  }

  private tail(engine: Engine) {
    const { text, start, definitions } = this.split;
    return guard([text.slice(start), this.streaming, definitions], () =>
      engine.renderTail(this.split, this.streaming),
    );
  }

  private later() {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => {
      this.allowed += 1;
      this.requestUpdate();
    });
  }
}
