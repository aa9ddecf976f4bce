/** A text as a search compares it: without case and accents. */
export function foldText(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

/** The words of a query; all of them must be there. */
export function termsOf(query: string): readonly string[] {
  return foldText(query).split(/\s+/).filter(Boolean);
}

/** A part of a text, and whether it is what was searched for. */
export interface Part {
  readonly text: string;
  readonly hit: boolean;
}

const WORD = /[\p{L}\p{N}]/u;
/** Scripts that put no spaces between words. */
const UNSPACED = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\p{sc=Thai}]/u;

/** Cuts a text at what was found in it: anywhere, or at the beginning of words alone. */
export function highlightParts(
  text: string,
  query: string,
  where: "anywhere" | "words" = "anywhere",
): readonly Part[] {
  // Folding may change the length: each folded unit remembers which character it came from.
  const characters = [...text];
  const from: number[] = [];
  const folded = characters
    .map((character, at) => {
      const one = foldText(character);
      for (let unit = 0; unit < one.length; unit += 1) from.push(at);
      return one;
    })
    .join("");
  const marked = new Set<number>();
  for (const term of termsOf(query)) {
    const free = where === "anywhere" || UNSPACED.test(term);
    for (let at = folded.indexOf(term); at !== -1; at = folded.indexOf(term, at + term.length)) {
      if (!free && WORD.test(folded[at - 1] ?? "")) continue;
      for (let unit = at; unit < at + term.length; unit += 1) marked.add(from[unit] ?? 0);
    }
  }
  const parts: { text: string; hit: boolean }[] = [];
  for (const [at, character] of characters.entries()) {
    const hit = marked.has(at);
    const last = parts.at(-1);
    if (last?.hit === hit) last.text += character;
    else parts.push({ text: character, hit });
  }
  return parts;
}
