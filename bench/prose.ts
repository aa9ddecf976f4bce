const ONSETS = ["b", "br", "d", "f", "g", "k", "kl", "l", "m", "n", "p", "r", "s", "st", "t", "v"];
const NUCLEI = ["a", "e", "i", "o", "u", "ei", "ou"];
/** As many different words as people use in some years of chats. */
const WORDS = 30_000;
const LIST_EVERY = 4;

/** Random numbers from 0 to 1, always the same for a seed. */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The word of a rank, 0 being the commonest: pronounceable, and like its neighbours in nothing. */
export function wordOf(rank: number): string {
  let rest = (rank * 7_919 + 13) % 1_000_003;
  let word = "";
  do {
    word += ONSETS[rest % ONSETS.length];
    rest = Math.floor(rest / ONSETS.length);
    word += NUCLEI[rest % NUCLEI.length];
    rest = Math.floor(rest / NUCLEI.length);
  } while (rest > 0);
  return word;
}

/** A rank as often as words of that rank are written: each ten times rarer one ten times as rarely. */
export function rankOf(random: () => number): number {
  return Math.floor(WORDS ** random()) - 1;
}

/** A question of a usual length. */
export function question(random: () => number): string {
  return `${words(random, 14)}?`;
}

/** An answer of a usual length, in Markdown. */
export function answer(random: () => number): string {
  const parts = Array.from({ length: 6 }, (_, at) => {
    if (at % LIST_EVERY === 1) return `- **${words(random, 2)}**: ${words(random, 9)}\n`.repeat(3);
    return `${words(random, 10)}, \`${words(random, 1)}\` ${words(random, 12)}.`;
  });
  return `## ${words(random, 3)}\n\n${parts.join("\n\n")}`;
}

function words(random: () => number, count: number): string {
  return Array.from({ length: count }, () => wordOf(rankOf(random))).join(" ");
}
