import { html, type PropertyValues } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import "../components/copy-button.ts";
import { icons } from "../components/icons.ts";
import { LightElement } from "../components/light-element.ts";
import { words } from "../i18n/words.ts";
import { CodeLines } from "./code-lines.ts";

/** A block of code: its language, buttons to wrap and to copy it, and its lines, coloured as they come. */
@customElement("code-block")
export class CodeBlock extends LightElement {
  @property({ attribute: false }) code = "";
  @property({ attribute: false }) language = "";
  @property({ attribute: false }) complete = false;

  @state() private wrap = false;
  @query("pre > code") private host!: HTMLElement;
  private lines: CodeLines | undefined;

  override updated(changed: PropertyValues): void {
    if (!["code", "language", "complete"].some((name) => changed.has(name))) return;
    this.lines ??= new CodeLines(this.host);
    this.lines.show(this.code, this.language, this.complete);
  }

  override render() {
    const { language, wrap } = this;
    const { plainText, wrapLines, copyCode } = words().markdown;
    return html`<div class="code" dir="ltr" ?data-wrap=${wrap}>
      <div class="code-head">
        <span class="language">${language || plainText}</span>
        <button
          type="button"
          class="quiet"
          aria-label=${wrapLines}
          title=${wrapLines}
          aria-pressed=${wrap}
          @click=${this.toggleWrap}
        >
          ${icons.wrap}
        </button>
        <copy-button .text=${() => this.code} .label=${copyCode} shown></copy-button>
      </div>
      <pre tabindex="0" role="region" aria-label=${language || plainText}><code></code></pre>
    </div>`;
  }

  private toggleWrap() {
    this.wrap = !this.wrap;
  }
}
