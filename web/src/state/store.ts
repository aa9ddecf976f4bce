/** A value that tells when it changes. */
export interface Store<T> {
  get(): T;
  set(next: T): void;
  /** Returns how to stop listening. */
  subscribe(listener: () => void): () => void;
}

/** A store that holds `initial` until someone sets it; the same value again tells nobody. */
export function createStore<T>(initial: T): Store<T> {
  let value = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return;
      value = next;
      for (const listener of [...listeners]) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/**
 * Runs `task` once for each picture, however often it is asked for; hidden pages have none. It runs
 * between the pictures, never in one: neither makes the other longer.
 */
export function oncePerFrame(task: () => void): () => void {
  let asked = false;
  let drawn = true;
  const run = () => {
    asked = false;
    drawn = false;
    requestAnimationFrame(() => {
      drawn = true;
    });
    task();
  };
  return () => {
    if (asked) return;
    asked = true;
    if (document.hidden) setTimeout(run, 250);
    else if (drawn) setTimeout(run);
    else requestAnimationFrame(() => setTimeout(run));
  };
}
