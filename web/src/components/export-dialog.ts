import { html, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import type { ExportFormat } from "../api/client.ts";
import { ApiError } from "../api/http.ts";
import { words } from "../i18n/words.ts";
import { icons } from "./icons.ts";
import { LightElement } from "./light-element.ts";
import { windowHead } from "./window-head.ts";

/** As what a conversation is to be saved. It is open while it is in the page. */
@customElement("export-dialog")
export class ExportDialog extends LightElement {
  /** Fetches the file. */
  @property({ attribute: false }) fetchFile!: (format: ExportFormat) => Promise<File>;
  @property() heading = "";

  @state() private busy: ExportFormat | undefined;
  @state() private saved = "";
  @state() private failure = "";
  @query("dialog") private dialog!: HTMLDialogElement;

  override firstUpdated(): void {
    this.dialog.showModal();
  }

  override render() {
    const { transfer } = words();
    return html`<dialog
      class="window export"
      aria-labelledby="export-title"
      @close=${() => this.remove()}
      @click=${this.backdrop}
    >
      ${windowHead("export-title", transfer.exportTitle, () => this.dialog.close())}
      <p class="subject" dir="auto">${this.heading}</p>
      <div class="choices">
        ${this.choice("markdown", transfer.markdown, transfer.markdownHint)}
        ${this.choice("json", transfer.json, transfer.jsonHint)}
      </div>
      <p class="fine-print" role="status">${this.saved || nothing}</p>
      <p class="window-failure" role="alert">${this.failure || nothing}</p>
    </dialog>`;
  }

  private choice(format: ExportFormat, name: string, hint: string) {
    return html`<button
      type="button"
      class="choice"
      aria-busy=${this.busy === format}
      @click=${() => void this.save(format)}
    >
      ${icons.save}<span>${name}<small>${hint}</small></span>
    </button>`;
  }

  private async save(format: ExportFormat) {
    if (this.busy) return;
    this.busy = format;
    this.saved = "";
    this.failure = "";
    try {
      const file = await this.fetchFile(format);
      saveFile(file);
      this.saved = words().transfer.exported(file.name);
    } catch (error) {
      this.failure = error instanceof ApiError ? error.message : words().problem.internal;
    } finally {
      this.busy = undefined;
    }
  }

  private backdrop(event: Event) {
    if (event.target === this.dialog) this.dialog.close();
  }
}

/** Hands a file to the browser's downloads. */
function saveFile(file: File): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = file.name;
  link.click();
  // Some browsers read it a little later.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
