import { html, type PropertyValues } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { guard } from "lit/directives/guard.js";
import "../components/copy-button.ts";
import { LightElement } from "../components/light-element.ts";
import { type LineChunks, NO_LINES, splitLines } from "./split-lines.ts";

/** More code than this is shown in one colour. */
const LONGEST_COLOURED = 40_000;

/** A block of code: its language, a button to copy it, its lines; coloured once it is complete. */
@customElement("code-block")
export class CodeBlock extends LightElement {
  @property({ attribute: false }) code = "";
  @property({ attribute: false }) language = "";
  @property({ attribute: false }) complete = false;

  @state() private coloured: { readonly code: string; readonly content: unknown } | undefined;
  private lines: LineChunks = NO_LINES;
  private asked = "";

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("code")) this.lines = splitLines(this.lines, this.code);
    const wanted = this.complete && this.language !== "" && this.code.length < LONGEST_COLOURED;
    if (wanted && this.asked !== this.code) {
      this.asked = this.code;
      void this.colour(this.code, this.language);
    }
  }

  override render() {
    const { code, coloured, language } = this;
    const chunks = () =>
      this.lines.chunks.map(
        (lines) => html`<span class="lines">${guard([lines], () => lines)}</span>`,
      );
    return html`<div class="code">
      <div class="code-head">
        <span>${language || "text"}</span>
        <copy-button .text=${() => this.code} label="Copy code" shown></copy-button>
      </div>
      <pre tabindex="0"><code>${coloured?.code === code ? coloured.content : chunks()}</code></pre>
    </div>`;
  }

  private async colour(code: string, language: string) {
    try {
      const { highlight } = await import("./highlight.ts");
      await new Promise((resolve) => setTimeout(resolve));
      const content = highlight(code, language);
      if (content && this.code === code) this.coloured = { code, content };
    } catch {
      // Without its chunk, code stays in one colour.
    }
  }
}
