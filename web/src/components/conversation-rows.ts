import { html, nothing, type PropertyValues } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import type { ConversationId } from "../../../src/protocol/ids.ts";
import type { ConversationGroup } from "../state/conversation-groups.ts";
import { type RowRange, type RowSizes, topOfRow, visibleRows } from "../state/row-layout.ts";
import { act } from "./action.ts";
import { ConversationRow } from "./conversation-row.ts";
import { cssNumber } from "./css-number.ts";
import { LightElement } from "./light-element.ts";
import { rowKeys } from "./row-keys.ts";

/** Nearer to the end than this, the next page is asked for, in CSS pixels. */
const MORE_PX = 1_500;

/**
 * Conversations under their headings. All headings are in the page, but of the rows only those
 * around the view, the open one and the one with the focus: thousands cost what dozens do.
 * Its parent element is what scrolls.
 */
@customElement("conversation-rows")
export class ConversationRows extends LightElement {
  @property({ attribute: false }) groups: readonly ConversationGroup[] = [];
  @property({ attribute: false }) currentId: ConversationId | undefined;
  @property({ attribute: false }) leaving: ReadonlySet<ConversationId> = new Set();
  @property({ attribute: false }) unseen: ReadonlySet<ConversationId> = new Set();
  /** There is more to load. */
  @property({ type: Boolean }) more = false;

  @state() private ranges: readonly RowRange[] = [];
  /** The row that has, or had last, the focus. */
  @state() private focused: ConversationId | undefined;
  @query(".row-probe") private probe!: HTMLElement;
  @query(".heading-probe") private headingProbe!: HTMLElement;
  private sizes: RowSizes = { row: 34, heading: 36 };
  private resizes: ResizeObserver | undefined;
  private scroller: HTMLElement | undefined;
  /** What is seen of the rows, as last measured: asking again would lay out the whole page. */
  private view = { top: 0, height: 0, offset: 0 };
  /** Where the focus was when its row went away. */
  private lost: { readonly at: number; readonly options: boolean } | undefined;
  private anchor: { readonly id: ConversationId; readonly offset: number } | undefined;

  /** Puts the focus on a row's link, wherever it is. */
  async focusRow(id: ConversationId, part = "a"): Promise<void> {
    const place = this.placeOf(id);
    if (!place || !this.scroller) return;
    this.focused = id;
    const top = topOfRow(this.counts(), this.sizes, place.group, place.index);
    const { scrollTop, clientHeight } = this.scroller;
    const { row, heading } = this.sizes;
    if (top < scrollTop + heading) this.scroller.scrollTop = top - heading;
    else if (top + row > scrollTop + clientHeight) {
      this.scroller.scrollTop = top + row - clientHeight;
    }
    this.measure();
    await this.updateComplete;
    const element = this.rowOf(id);
    await element?.updateComplete;
    const target = element?.querySelector<HTMLElement>(part) ?? element?.querySelector("button");
    target?.focus({ preventScroll: true });
  }

  /** Lets the reader write a new title in place. */
  async rename(id: ConversationId): Promise<void> {
    this.focused = id;
    await this.updateComplete;
    this.rowOf(id)?.rename();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.scroller = this.parentElement ?? undefined;
    this.scroller?.addEventListener("scroll", this.scrolled, { passive: true });
    this.addEventListener("keydown", (event) => rowKeys(event, this));
    this.addEventListener("focusin", ({ target }) => {
      const row = target instanceof Element ? target.closest("conversation-row") : null;
      if (row instanceof ConversationRow) this.focused = row.conversation.id;
    });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.scroller?.removeEventListener("scroll", this.scrolled);
    this.resizes?.disconnect();
    this.resizes = undefined;
  }

  override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get("groups");
    if (!before || !this.hasUpdated) return;
    const { activeElement } = document;
    const row = activeElement?.closest("conversation-row");
    if (row instanceof ConversationRow && this.contains(row)) {
      const options = activeElement?.matches(".options") ?? false;
      this.lost = { at: flat(before).indexOf(row.conversation.id), options };
    }
    this.anchor = this.anchorIn(before);
  }

  override updated(changed: PropertyValues<this>): void {
    this.resizes ??= this.watchSizes();
    if (!changed.has("groups")) return;
    this.holdStill();
    this.arrange();
    void this.restoreFocus();
  }

  override render() {
    return html`<i class="row-probe" aria-hidden="true"></i>
      <i class="heading-probe" aria-hidden="true"></i>
      ${repeat(
        this.groups,
        ({ label }) => label,
        (group, at) => html`<section>
          <h2>${group.label}</h2>
          <ul ${cssNumber("--count", group.items.length)}>
            ${repeat(
              this.rowsOf(group, at),
              (index) => group.items[index]?.id,
              (index) => this.renderRow(group, index),
            )}
          </ul>
        </section>`,
      )}
      ${this.more ? html`<div class="skeleton more" aria-hidden="true"><i></i><i></i><i></i></div>` : nothing}`;
  }

  private renderRow({ items }: ConversationGroup, index: number) {
    const conversation = items[index];
    if (!conversation) return nothing;
    const { id } = conversation;
    return html`<li
      aria-setsize=${items.length}
      aria-posinset=${index + 1}
      ${cssNumber("--at", index)}
    >
      <conversation-row
        .conversation=${conversation}
        ?current=${id === this.currentId}
        ?leaving=${this.leaving.has(id)}
        ?unseen=${this.unseen.has(id)}
      ></conversation-row>
    </li>`;
  }

  /** In the order of the page: what is seen, the open one and the one with the focus. */
  private rowsOf({ items }: ConversationGroup, at: number): number[] {
    const { from, to } = this.ranges[at] ?? {
      from: 0,
      to: at === 0 ? Math.min(20, items.length) : 0,
    };
    const rows: number[] = [];
    for (const [index, { id }] of items.entries()) {
      const kept = id === this.currentId || id === this.focused;
      if ((index >= from && index < to) || kept) rows.push(index);
    }
    return rows;
  }

  private measure(): void {
    if (!this.scroller) return;
    const { scrollTop, clientHeight } = this.scroller;
    this.view = { top: scrollTop, height: clientHeight, offset: this.offsetTop };
    this.arrange();
  }

  private readonly scrolled = () => {
    this.view.top = this.scroller?.scrollTop ?? 0;
    this.arrange();
  };

  /** Chooses the rows for what is seen. */
  private arrange(): void {
    const { top, height, offset } = this.view;
    const counts = this.counts();
    const ranges = visibleRows(counts, this.sizes, { top: top - offset, height });
    const same =
      ranges.length === this.ranges.length &&
      ranges.every(({ from, to }, at) => {
        const range = this.ranges[at];
        return range?.from === from && range.to === to;
      });
    if (!same) this.ranges = ranges;
    const end = offset + topOfRow(counts, this.sizes, counts.length, 0);
    if (this.more && height > 0 && end - top - height < MORE_PX) {
      act(this, { type: "load-more" });
    }
  }

  private watchSizes(): ResizeObserver {
    const observer = new ResizeObserver(() => {
      const row = this.probe.getBoundingClientRect().height;
      const heading = this.headingProbe.getBoundingClientRect().height;
      if (row > 0 && heading > 0) this.sizes = { row, heading };
      this.measure();
    });
    observer.observe(this.probe);
    if (this.scroller) observer.observe(this.scroller);
    return observer;
  }

  /** The topmost row in view, and how far it is from the top: it is to stay there. */
  private anchorIn(groups: readonly ConversationGroup[]) {
    const { top } = this.view;
    if (top === 0) return undefined;
    const counts = groups.map(({ items }) => items.length);
    for (const [group, { items }] of groups.entries()) {
      const start = topOfRow(counts, this.sizes, group, 0);
      const index = Math.max(0, Math.ceil((top - start) / this.sizes.row));
      const item = items[index];
      if (item) return { id: item.id, offset: start + index * this.sizes.row - top };
    }
    return undefined;
  }

  private holdStill(): void {
    const { anchor, scroller } = this;
    this.anchor = undefined;
    const place = anchor && this.placeOf(anchor.id);
    if (!place || !scroller) return;
    const top = topOfRow(this.counts(), this.sizes, place.group, place.index) - anchor.offset;
    if (Math.abs(top - this.view.top) <= 1) return;
    scroller.scrollTop = top;
    this.view.top = scroller.scrollTop;
  }

  /** A row that moved to another heading, or is gone, takes no focus with it. */
  private async restoreFocus(): Promise<void> {
    const { lost } = this;
    this.lost = undefined;
    await this.updateComplete;
    if (!lost || (document.activeElement && document.activeElement !== document.body)) return;
    const ids = flat(this.groups);
    const here = this.focused && ids.includes(this.focused) ? this.focused : undefined;
    const id = here ?? ids[Math.min(lost.at, ids.length - 1)];
    if (id) await this.focusRow(id, here && lost.options ? ".options" : "a");
  }

  private counts(): number[] {
    return this.groups.map(({ items }) => items.length);
  }

  private placeOf(id: ConversationId) {
    for (const [group, { items }] of this.groups.entries()) {
      const index = items.findIndex((item) => item.id === id);
      if (index !== -1) return { group, index };
    }
    return undefined;
  }

  private rowOf(id: ConversationId): ConversationRow | undefined {
    const rows = [...this.querySelectorAll<ConversationRow>("conversation-row")];
    return rows.find(({ conversation }) => conversation.id === id);
  }
}

function flat(groups: readonly ConversationGroup[]): ConversationId[] {
  return groups.flatMap(({ items }) => items.map(({ id }) => id));
}
