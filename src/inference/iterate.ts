/**
 * Iterables written by hand. An answer goes through half a dozen of them, token by token, and a layer
 * of `async function*` costs four promises a token where these cost one or none.
 */

/** What `push` makes of each item, in order. `end` gives the last ones, where the source ends well. */
export interface Steps<From, To> {
  push(item: From): readonly To[];
  end?(): readonly To[];
  /** Called before the source is asked for more: the consumer has all that was pushed. */
  pull?(): void;
  /** Whether what `push` gave was the last: the source is left then. */
  over?(): boolean;
  /** Translates what broke the source, or a step; what it returns ends the iteration well. @throws */
  failed?(cause: unknown): readonly To[];
  /** Called once, however the iteration ends. */
  done?(): void;
}

/** The items of `source`, each replaced by what a step makes of it. */
export function mapped<From, To>(
  source: AsyncIterable<From>,
  steps: Steps<From, To>,
): AsyncIterableIterator<To> {
  const from = source[Symbol.asyncIterator]();
  let ready: readonly To[] = [];
  let at = 0;
  let ended = false;

  function finish(last: readonly To[]): void {
    ended = true;
    ready = last;
    at = 0;
    steps.done?.();
  }

  function failed(cause: unknown): IteratorResult<To> | Promise<IteratorResult<To>> {
    if (ended) throw cause;
    ended = true;
    at = 0;
    ready = [];
    // One that broke by itself has ended; one that a step broke must be told.
    from.return?.().catch(() => undefined);
    try {
      if (steps.failed === undefined) throw cause;
      ready = steps.failed(cause);
    } finally {
      steps.done?.();
    }
    return take();
  }

  function took(result: IteratorResult<From>): IteratorResult<To> | Promise<IteratorResult<To>> {
    try {
      if (result.done) finish(steps.end?.() ?? []);
      else {
        ready = steps.push(result.value);
        at = 0;
        if (steps.over?.()) {
          finish(ready);
          from.return?.().catch(() => undefined);
        }
      }
    } catch (cause) {
      return failed(cause);
    }
    return take();
  }

  function pull(): Promise<IteratorResult<To>> {
    steps.pull?.();
    return from.next().then(took, failed);
  }

  function take(): IteratorResult<To> | Promise<IteratorResult<To>> {
    const value = ready[at];
    if (value !== undefined) {
      at += 1;
      return { done: false, value };
    }
    if (ended) return { done: true, value: undefined };
    return pull();
  }

  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next() {
      const value = ready[at];
      if (value !== undefined) {
        at += 1;
        return Promise.resolve({ done: false, value });
      }
      if (ended) return Promise.resolve({ done: true, value: undefined });
      return pull();
    },
    async return() {
      if (!ended) finish([]);
      await from.return?.();
      return { done: true, value: undefined };
    },
  };
}

/** The iterable that `start` gives, started with the first item; from then on it costs nothing. */
export function deferred<Item>(
  start: () => Promise<AsyncIterable<Item>>,
): AsyncIterableIterator<Item> {
  let inner: AsyncIterator<Item> | undefined;
  let left = false;
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next() {
      if (left) return Promise.resolve({ done: true, value: undefined });
      if (inner !== undefined) return inner.next();
      return start().then((started) => {
        inner = started[Symbol.asyncIterator]();
        return inner.next();
      });
    },
    async return() {
      left = true;
      await inner?.return?.();
      return { done: true, value: undefined };
    },
  };
}

/**
 * One iterable after the other: `following` gives the next one, undefined after the last. `failed`
 * is told what broke one of them, or `following` itself, and gives what stands in for the rest.
 */
export function chained<Item>(
  following: () => Promise<AsyncIterable<Item> | undefined>,
  failed: (cause: unknown) => AsyncIterable<Item>,
): AsyncIterableIterator<Item> {
  let current: AsyncIterator<Item> | undefined;
  let ended = false;
  let standsIn = false;

  async function advance(start: () => Promise<AsyncIterable<Item> | undefined>) {
    let started: AsyncIterable<Item> | undefined;
    try {
      started = await start();
    } catch (cause) {
      started = standIn(cause);
    }
    current = started?.[Symbol.asyncIterator]();
    ended = current === undefined;
    return await take();
  }

  function took(
    result: IteratorResult<Item>,
  ): IteratorResult<Item> | Promise<IteratorResult<Item>> {
    return result.done ? advance(following) : result;
  }

  function take(): Promise<IteratorResult<Item>> {
    if (ended) return Promise.resolve({ done: true, value: undefined });
    if (current === undefined) return advance(following);
    return current.next().then(took, broke);
  }

  /** @throws `cause` where it broke the stand-in itself. */
  function standIn(cause: unknown): AsyncIterable<Item> {
    ended = standsIn;
    if (standsIn) throw cause;
    standsIn = true;
    return failed(cause);
  }

  async function broke(cause: unknown): Promise<IteratorResult<Item>> {
    current = standIn(cause)[Symbol.asyncIterator]();
    return await take();
  }

  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next: take,
    async return() {
      ended = true;
      await current?.return?.();
      return { done: true, value: undefined };
    },
  };
}
