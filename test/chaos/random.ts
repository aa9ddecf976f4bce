/** Random choices that a seed repeats. */
export interface Random {
  /** From 0, below `end`; a whole number. */
  below(end: number): number;
  /** From `min` to `max`, both possible. */
  between(min: number, max: number): number;
  pick<Item>(items: readonly Item[]): Item;
  chance(probability: number): boolean;
}

/** The choices of one test: the same seed and name, the same choices. */
export function random(seed: number, name = ""): Random {
  let state = [...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) | 0, seed | 0);
  function next(): number {
    // mulberry32
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
  const below = (end: number) => Math.floor(next() * end);
  return {
    below,
    between: (min, max) => min + below(max - min + 1),
    pick(items) {
      const item = items[below(items.length)];
      if (item === undefined) throw new Error("There is nothing to pick from.");
      return item;
    },
    chance: (probability) => next() < probability,
  };
}

/** `CHAOS_SEED`, else a new one. */
const seed = Number(process.env.CHAOS_SEED ?? Date.now() % 1_000_000_007);

/** The choices of the test `name`; its seed is printed, so that a run can be repeated. */
export function chaos(name: string): Random {
  say(name, { CHAOS_SEED: seed });
  return random(seed, name);
}

/** Prints what a test counted. */
export function say(name: string, counts: Readonly<Record<string, number | string>>): void {
  const words = Object.entries(counts).map(([what, count]) => `${what}=${count}`);
  process.stdout.write(`[chaos] ${name}: ${words.join(" ")}\n`);
}
