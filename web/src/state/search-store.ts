import type { SearchItem } from "../../../src/protocol/search.ts";
import type { Client } from "../api/client.ts";
import { createStore, type Store } from "./store.ts";

/** So long after the last key the server is asked. */
const CALM_MS = 180;
/** Results kept, so that going back a letter is instant. */
const KEPT = 20;
const MOST = 100;
const LONGEST = 200;

/** A search as the reader sees it. */
export interface SearchState {
  /** What is written in the box, trimmed; `""`: nobody searches. */
  readonly query: string;
  /** How it stands with what the server finds. */
  readonly phase: "idle" | "loading" | "ready" | "failed";
  /** What it found for `found`, which may be an earlier query while the next is on its way. */
  readonly items: readonly SearchItem[];
  readonly found: string;
}

const IDLE: SearchState = { query: "", phase: "idle", items: [], found: "" };

/** Search in everything the reader has. */
export interface SearchStore {
  readonly state: Store<SearchState>;
  /** As one types: asks once it is calm, and gives up what is superseded. */
  search(query: string): void;
  /** Asks for the same once more, at once. */
  again(): void;
  clear(): void;
}

/** Nothing is asked before `search`. */
export function createSearchStore(client: Pick<Client, "search">): SearchStore {
  const state = createStore<SearchState>(IDLE);
  const known = new Map<string, readonly SearchItem[]>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asking: AbortController | undefined;

  const drop = () => {
    clearTimeout(timer);
    asking?.abort();
    asking = undefined;
  };
  const ask = async (query: string) => {
    const controller = new AbortController();
    asking = controller;
    try {
      const items = await client.search(query, MOST, controller.signal);
      if (controller.signal.aborted) return;
      known.set(query, items);
      for (const oldest of known.keys()) {
        if (known.size <= KEPT) break;
        known.delete(oldest);
      }
      state.set({ query, phase: "ready", items, found: query });
    } catch {
      if (!controller.signal.aborted) state.set({ ...state.get(), phase: "failed" });
    }
  };

  return {
    state,
    search(text) {
      const query = text.trim().slice(0, LONGEST).toWellFormed();
      if (query === state.get().query) return;
      drop();
      if (query === "") return state.set(IDLE);
      const items = known.get(query);
      if (items) {
        state.set({ query, phase: "ready", items, found: query });
        // What was found before is shown at once, and looked up again.
      } else state.set({ ...state.get(), query, phase: "loading" });
      timer = setTimeout(() => void ask(query), CALM_MS);
    },
    again() {
      const { query } = state.get();
      if (query === "") return;
      drop();
      state.set({ ...state.get(), phase: "loading" });
      void ask(query);
    },
    clear() {
      drop();
      known.clear();
      state.set(IDLE);
    },
  };
}
