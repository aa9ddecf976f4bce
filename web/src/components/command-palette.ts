import { html, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { words } from "../i18n/words.ts";
import { matchItems, type PaletteItem } from "../keyboard/palette-items.ts";
import { LightElement } from "./light-element.ts";

/** Most rows that are drawn: what is further down is found by another word. */
const MOST = 60;
const SEARCH_AFTER_MS = 120;

/** Finds actions and conversations by a few letters; it is open while it is in the page. */
@customElement("command-palette")
export class CommandPalette extends LightElement {
  /** What there is without asking the server. */
  @property({ attribute: false }) items: readonly PaletteItem[] = [];
  /** Finds more in the texts of messages. */
  @property({ attribute: false }) search:
    | ((query: string, signal: AbortSignal) => Promise<readonly PaletteItem[]>)
    | undefined;

  /** What the reader has typed already. */
  @property({ attribute: false }) typed = "";

  @state() private wanted = "";
  @state() private active = 0;
  @state() private found: readonly PaletteItem[] = [];
  @query("dialog") private dialog!: HTMLDialogElement;
  @query("input") private input!: HTMLInputElement;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private asked: AbortController | undefined;

  override firstUpdated(): void {
    this.dialog.showModal();
    this.input.value = this.typed;
    this.changed();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.timer);
    this.asked?.abort();
  }

  override updated(): void {
    this.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }

  override render() {
    const { palette } = words();
    const shown = this.shown();
    const active = shown[this.active];
    return html`<dialog
      class="window palette"
      aria-label=${palette.title}
      @close=${() => this.remove()}
      @click=${this.backdrop}
    >
      <input
        type="text"
        role="combobox"
        aria-label=${palette.placeholder}
        placeholder=${palette.placeholder}
        aria-expanded=${shown.length > 0}
        aria-controls="palette-list"
        aria-autocomplete="list"
        aria-activedescendant=${active ? optionId(active) : nothing}
        autocomplete="off"
        autocapitalize="off"
        spellcheck="false"
        enterkeyhint="go"
        dir="auto"
        maxlength="200"
        @input=${this.changed}
        @keydown=${this.keydown}
      />
      <div role="listbox" id="palette-list" aria-label=${palette.title} ?hidden=${shown.length === 0}>
        ${this.renderGroups(shown, active)}
      </div>
      ${shown.length === 0 ? html`<p class="hint">${palette.nothing}</p>` : nothing}
      <p class="visually-hidden" role="status">
        ${this.wanted === "" ? "" : palette.results(shown.length)}
      </p>
    </dialog>`;
  }

  private renderGroups(shown: readonly PaletteItem[], active: PaletteItem | undefined) {
    const groups = [...new Set(shown.map(({ group }) => group))];
    return groups.map(
      (group, index) => html`<div role="group" aria-labelledby=${`palette-group-${index}`}>
        <span id=${`palette-group-${index}`} class="group">${group}</span>
        ${shown.map((item) => (item.group === group ? this.renderItem(item, item === active) : nothing))}
      </div>`,
    );
  }

  private renderItem(item: PaletteItem, active: boolean) {
    return html`<div
      role="option"
      id=${optionId(item)}
      aria-selected=${active}
      @click=${() => this.run(item)}
      @pointermove=${() => this.point(item)}
    >
      <span dir="auto">${item.name}${item.hint ? html`<small dir="auto">${item.hint}</small>` : nothing}</span>
      ${
        item.keys
          ? html`<span class="keys" dir="ltr">${item.keys.map((key) => html`<kbd>${key}</kbd>`)}</span>`
          : nothing
      }
    </div>`;
  }

  /** In the order in which they stand on the screen: group by group. */
  private shown(): PaletteItem[] {
    const all = [...matchItems(this.items, this.wanted), ...this.found].slice(0, MOST);
    const groups = [...new Set(all.map(({ group }) => group))];
    return groups.flatMap((group) => all.filter((item) => item.group === group));
  }

  private changed() {
    this.wanted = this.input.value;
    this.active = 0;
    clearTimeout(this.timer);
    this.asked?.abort();
    const wanted = this.wanted.trim();
    if (wanted === "") this.found = [];
    else this.timer = setTimeout(() => void this.ask(wanted), SEARCH_AFTER_MS);
  }

  private async ask(wanted: string) {
    const { search } = this;
    if (!search) return;
    const asked = new AbortController();
    this.asked = asked;
    try {
      const found = await search(wanted, asked.signal);
      if (!asked.signal.aborted) this.found = found;
    } catch {
      // What is on this machine is found without the server.
      if (!asked.signal.aborted) this.found = [];
    }
  }

  private keydown(event: KeyboardEvent) {
    if (event.isComposing || event.keyCode === 229) return;
    const shown = this.shown();
    const { length } = shown;
    if (event.key === "ArrowDown") this.active = length === 0 ? 0 : (this.active + 1) % length;
    else if (event.key === "ArrowUp")
      this.active = (this.active - 1 + length) % Math.max(1, length);
    else if (event.key === "Enter") {
      const item = shown[this.active];
      if (item) this.run(item);
    } else return;
    event.preventDefault();
  }

  private point(item: PaletteItem) {
    const at = this.shown().indexOf(item);
    if (at >= 0) this.active = at;
  }

  /** The dialog gives the focus back first: what runs may want it elsewhere. */
  private run(item: PaletteItem) {
    this.dialog.close();
    item.run();
  }

  private backdrop(event: Event) {
    if (event.target === this.dialog) this.dialog.close();
  }
}

const optionId = ({ id }: PaletteItem) => `palette-${id}`;
