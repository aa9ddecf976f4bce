/** Heights in CSS pixels; every row and every heading is as high as any other. */
export interface RowSizes {
  readonly row: number;
  readonly heading: number;
}

/** What is seen of a list: its scroll position and height, in CSS pixels. */
export interface RowView {
  readonly top: number;
  readonly height: number;
}

/** Rows `from` to `to` (not itself) of a group. */
export interface RowRange {
  readonly from: number;
  readonly to: number;
}

/** More than is seen, so that neither a quick wheel nor the Tab key runs into nothing. */
const SPARE = 12;
/** Ranges begin and end on such steps, so that not every row scrolled is a new picture. */
const STEP = 4;

/** For each group of so many rows, each below a heading, which of them are worth drawing. */
export function visibleRows(
  counts: readonly number[],
  { row, heading }: RowSizes,
  { top, height }: RowView,
): readonly RowRange[] {
  let start = 0;
  return counts.map((count) => {
    const rows = start + heading;
    start = rows + count * row;
    const first = Math.floor((top - rows) / row) - SPARE;
    const last = Math.ceil((top + height - rows) / row) + SPARE;
    const from = Math.min(count, Math.max(0, Math.floor(first / STEP) * STEP));
    const to = Math.min(count, Math.max(from, Math.ceil(last / STEP) * STEP));
    return { from, to };
  });
}

/** Where row `index` of group `group` begins, in CSS pixels from the list's top. */
export function topOfRow(
  counts: readonly number[],
  { row, heading }: RowSizes,
  group: number,
  index: number,
): number {
  const before = counts.slice(0, group).reduce((sum, count) => sum + heading + count * row, 0);
  return before + heading + index * row;
}
