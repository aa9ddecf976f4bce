import { expect, onTestFinished, test, vi } from "vitest";
import { SearchItem } from "../../../src/protocol/search.ts";
import { createSearchStore } from "./search-store.ts";

function setUp() {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const asked: { query: string; signal: AbortSignal; settle: (found: boolean) => void }[] = [];
  const store = createSearchStore({
    search: (query, _limit, signal) =>
      new Promise((resolve, reject) => {
        const settle = (found: boolean) =>
          found ? resolve([itemFor(query)]) : reject(new Error("away"));
        asked.push({ query, signal, settle });
      }),
  });
  const calm = () => vi.advanceTimersByTimeAsync(200);
  return { store, asked, calm };
}

const itemFor = (excerpt: string) =>
  SearchItem.parse({ conversation: { id: crypto.randomUUID(), title: "t" }, excerpt });

test("asks once one has stopped typing, for what is in the box then", async () => {
  const { store, asked, calm } = setUp();
  for (const query of ["t", "te", "tea "]) store.search(query);
  expect(store.state.get()).toMatchObject({ query: "tea", phase: "loading" });
  await calm();
  expect(asked.map(({ query }) => query)).toEqual(["tea"]);
  asked[0]?.settle(true);
  await calm();
  expect(store.state.get()).toMatchObject({ phase: "ready", found: "tea" });
});

test("gives up what is superseded, and never shows it", async () => {
  const { store, asked, calm } = setUp();
  store.search("tea");
  await calm();
  store.search("coffee");
  expect(asked[0]?.signal.aborted).toBe(true);
  await calm();
  asked[1]?.settle(true);
  asked[0]?.settle(true);
  await calm();
  expect(store.state.get().items.map(({ excerpt }) => excerpt)).toEqual(["coffee"]);
});

test("what was found before is there at once; what failed can be asked again", async () => {
  const { store, asked, calm } = setUp();
  store.search("tea");
  await calm();
  asked[0]?.settle(true);
  await calm();
  store.search("teas");
  await calm();
  asked[1]?.settle(false);
  await calm();
  expect(store.state.get().phase).toBe("failed");
  store.again();
  asked[2]?.settle(true);
  await calm();
  expect(store.state.get()).toMatchObject({ phase: "ready", found: "teas" });
  store.search("tea");
  expect(store.state.get()).toMatchObject({ phase: "ready", found: "tea" });
  store.search(" ");
  expect(store.state.get()).toMatchObject({ query: "", items: [] });
});
