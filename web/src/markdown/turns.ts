/** Work at once takes no longer than this; the rest waits for the next picture. */
const TURN_MS = 10;

const waiting: (() => Promise<unknown>)[] = [];
let running = false;

/**
 * Does tasks a few at a time, so that a long conversation never freezes the page; the last to come
 * goes first, for it is the lowest, and the reader begins at the end.
 */
export function inTurn(task: () => Promise<unknown>): void {
  waiting.push(task);
  if (running) return;
  running = true;
  setTimeout(() => void work());
}

/** Resolves after the next picture, in a task of its own. */
function pictureDrawn(): Promise<unknown> {
  if (document.hidden) return new Promise((resolve) => setTimeout(resolve));
  return new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
}

async function work(): Promise<void> {
  let begin = performance.now();
  for (let task = waiting.pop(); task; task = waiting.pop()) {
    await task();
    if (performance.now() - begin < TURN_MS) continue;
    await pictureDrawn();
    begin = performance.now();
  }
  running = false;
}
