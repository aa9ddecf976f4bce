/** Something the palette offers. */
export interface PaletteItem {
  readonly id: string;
  readonly name: string;
  /** Under which heading it stands. */
  readonly group: string;
  /** What is found by it too, besides its name. */
  readonly also?: string;
  /** A line below its name. */
  readonly hint?: string;
  /** Only where one looks for it. */
  readonly quiet?: boolean;
  readonly keys?: readonly string[];
  readonly run: () => void;
}

/**
 * The items that have every word of `query` in them: first those whose name begins with it, then
 * those where it begins a word, else in their own order.
 */
export function matchItems(items: readonly PaletteItem[], query: string): PaletteItem[] {
  const wanted = plain(query);
  if (wanted === "") return items.filter(({ quiet }) => !quiet);
  const parts = wanted.split(" ");
  const found = items.filter(({ name, also = "" }) => {
    const text = ` ${plain(`${name} ${also}`)}`;
    return parts.every((part) => text.includes(part));
  });
  const rank = ({ name }: PaletteItem) => {
    const text = plain(name);
    return text.startsWith(wanted) ? 0 : text.includes(` ${wanted}`) ? 1 : 2;
  };
  return found
    .map((item, index) => ({ item, index, rank: rank(item) }))
    .sort((a, b) => a.rank - b.rank || a.index - b.index)
    .map(({ item }) => item);
}

/** Small letters without their marks: "Über" is found by "uber". */
function plain(text: string): string {
  return text
    .normalize("NFKD")
    .replaceAll(/\p{M}+/gu, "")
    .toLowerCase()
    .replaceAll(/\s+/g, " ")
    .trim();
}
