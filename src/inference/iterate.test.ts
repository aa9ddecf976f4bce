import { describe, expect, test } from "vitest";
import { chained, deferred, mapped } from "./iterate.ts";

/** Gives items, then breaks if it is told to; remembers whether its consumer left. */
function source<Item>(items: readonly Item[], error?: Error) {
  const seen = { left: false };
  async function* give() {
    try {
      yield* items;
      if (error) throw error;
    } finally {
      seen.left = true;
    }
  }
  return { items: give(), seen };
}

describe("mapped", () => {
  test("gives none, one or several for each item, and the last ones at the end", async () => {
    const { items } = source([0, 1, 3]);
    const repeated = mapped<number, number>(items, {
      push: (count) => Array.from({ length: count }, () => count),
      end: () => [9],
    });
    expect(await Array.fromAsync(repeated)).toEqual([1, 3, 3, 3, 9]);
  });

  test("leaves its source once a step says that it is over, and gives what that step gave", async () => {
    const { items, seen } = source([1, 2, 3]);
    let over = false;
    const some = mapped<number, number>(items, {
      push(item) {
        over = item === 2;
        return [item, item];
      },
      over: () => over,
      end: () => [9],
    });
    expect(await Array.fromAsync(some)).toEqual([1, 1, 2, 2]);
    expect(seen.left).toBe(true);
  });

  test("translates what broke its source, and is done once", async () => {
    const { items } = source([1], new Error("broken"));
    let done = 0;
    const all = mapped<number, number>(items, {
      push: (item) => [item],
      failed: (cause) => {
        if (done > 0) throw new Error("done before it was translated");
        return [(cause as Error).message.length];
      },
      done: () => {
        done += 1;
      },
    });
    expect(await Array.fromAsync(all)).toEqual([1, 6]);
    expect(done).toBe(1);
  });

  test("breaks with what a step throws, and leaves its source", async () => {
    const { items, seen } = source([1, 2]);
    const all = mapped<number, number>(items, {
      push(item) {
        if (item === 2) throw new Error("two");
        return [item];
      },
    });
    await expect(Array.fromAsync(all)).rejects.toThrow("two");
    expect(seen.left).toBe(true);
  });

  test("is done when its consumer leaves", async () => {
    const { items, seen } = source([1, 2]);
    let done = 0;
    const all = mapped<number, number>(items, {
      push: (item) => [item],
      done: () => {
        done += 1;
      },
    });
    for await (const _ of all) break;
    expect([done, seen.left]).toEqual([1, true]);
  });
});

describe("chained", () => {
  test("gives one after the other, and what stands in for a broken one", async () => {
    const parts = [source([1, 2]).items, source([], new Error("broken")).items];
    const all = chained<number>(
      async () => parts.shift(),
      () => source([3]).items,
    );
    expect(await Array.fromAsync(all)).toEqual([1, 2, 3]);
  });

  test("breaks with what breaks the stand-in, and with what `following` throws", async () => {
    const all = chained<number>(
      async () => {
        throw new Error("no more");
      },
      (cause) => source([1], cause as Error).items,
    );
    const given: number[] = [];
    const read = async () => {
      for await (const item of all) given.push(item);
    };
    await expect(read()).rejects.toThrow("no more");
    expect(given).toEqual([1]);
  });
});

test("deferred starts with the first item, and passes on that its consumer leaves", async () => {
  const { items, seen } = source([1, 2]);
  let started = false;
  const later = deferred(async () => {
    started = true;
    return items;
  });
  expect(started).toBe(false);
  for await (const item of later) {
    expect(item).toBe(1);
    break;
  }
  expect(seen.left).toBe(true);
});
