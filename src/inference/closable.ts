/**
 * An iterable whose source learns at once when the consumer leaves: by its signal, even while the
 * next item is being waited for, where a bare generator would first wait to the end.
 * @param run Starts the source; its signal aborts with `signal`, or when the consumer leaves.
 */
export function closable<Item>(
  run: (signal: AbortSignal) => AsyncIterableIterator<Item>,
  signal: AbortSignal,
): AsyncIterable<Item> {
  return {
    [Symbol.asyncIterator]() {
      const left = new AbortController();
      const source = run(AbortSignal.any([signal, left.signal]));
      return {
        next: () =>
          source.next().catch((error: unknown) => {
            if (left.signal.aborted) return { done: true, value: undefined };
            throw error;
          }),
        async return() {
          left.abort();
          await source.return?.().catch(() => undefined);
          return { done: true, value: undefined };
        },
      };
    },
  };
}
