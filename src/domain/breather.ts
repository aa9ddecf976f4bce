/** Characters looked at, or what costs as much, before others have a turn: a few milliseconds. */
const MOST = 250_000;

/**
 * For long work on much data: to be awaited with what the next step costs, in characters looked at,
 * so that everything else in the process goes on in between.
 */
export function createBreather(): (cost: number) => Promise<void> | undefined {
  let spent = 0;
  return (cost) => {
    spent += cost;
    if (spent < MOST) return undefined;
    spent = 0;
    return new Promise((resolve) => setImmediate(resolve));
  };
}
