import type { Conversation } from "../../../src/protocol/conversation.ts";
import { ConversationId } from "../../../src/protocol/ids.ts";
import { type OwnStorage, ownStorage } from "./own-storage.ts";
import { createStore, type Store } from "./store.ts";

const ANSWER = "answer:";
const SEEN = "seen:";
const RUNNING = "running";
/** Remembered for so many: a mark that old is no news, and tabs have long agreed on it. */
const KEPT = 300;

/** Which conversations have an answer that nobody has seen, over reloads and in all tabs. */
export interface Unseen {
  readonly ids: Store<ReadonlySet<ConversationId>>;
  /** Takes what the list tells; `open` is the conversation that the reader looks at now. */
  observe(items: Iterable<Conversation>, open: ConversationId | undefined): void;
}

/**
 * For each conversation two facts that only grow: when its last answer ended (by the conversation's
 * own time, so that all tabs write the same), and up to which of them it was seen. So the order in
 * which tabs tell one another does not matter.
 */
export function createUnseen(
  storage: Pick<OwnStorage, "read" | "write" | "keys"> = ownStorage,
  listen: (told: (key: string | null) => void) => void = listenToTabs,
): Unseen {
  const ids = createStore<ReadonlySet<ConversationId>>(new Set());
  const answers = new Map<string, string>();
  const seen = new Map<string, string>();

  const take = (key: string, value: string | undefined) => {
    const facts = key.startsWith(ANSWER) ? answers : seen;
    const id = key.slice(key.indexOf(":") + 1);
    if (value === undefined) facts.delete(id);
    else facts.set(id, value);
  };
  const write = (key: string, value: string | undefined) => {
    take(key, value);
    storage.write(key, value);
  };
  const tell = () => {
    const next = new Set<ConversationId>();
    for (const [id, answer] of answers) {
      if (answer === RUNNING || (seen.get(id) ?? "") >= answer) continue;
      const parsed = ConversationId.safeParse(id).data;
      if (parsed) next.add(parsed);
    }
    const before = ids.get();
    if (before.size !== next.size || [...next].some((id) => !before.has(id))) ids.set(next);
  };

  const load = () => {
    answers.clear();
    seen.clear();
    for (const start of [ANSWER, SEEN]) {
      for (const key of storage.keys(start)) take(key, storage.read(key));
    }
    const last = (id: string) => (answers.get(id) ?? "") + (seen.get(id) ?? "");
    const known = [...new Set([...answers.keys(), ...seen.keys()])];
    for (const id of known.sort((a, b) => (last(a) < last(b) ? 1 : -1)).slice(KEPT)) {
      write(ANSWER + id, undefined);
      write(SEEN + id, undefined);
    }
    tell();
  };

  load();
  listen((key) => {
    if (key === null) return load();
    const own = key.replace(/^chatbot:/, "");
    if (!own.startsWith(ANSWER) && !own.startsWith(SEEN)) return;
    take(own, storage.read(own));
    tell();
  });

  return {
    ids,
    observe(items, open) {
      for (const { id, generating, updatedAt } of items) {
        const answer = answers.get(id);
        if (generating && answer !== RUNNING) write(ANSWER + id, RUNNING);
        // Another tab may have seen it end already, at the same time.
        else if (!generating && answer === RUNNING) {
          if ((storage.read(ANSWER + id) ?? RUNNING) !== RUNNING) continue;
          write(ANSWER + id, updatedAt);
        }
      }
      const ended = open && answers.get(open);
      if (ended && ended !== RUNNING && (seen.get(open) ?? "") < ended) write(SEEN + open, ended);
      tell();
    },
  };
}

/** `null`: all of the storage has changed. */
function listenToTabs(told: (key: string | null) => void): void {
  addEventListener("storage", ({ key }) => told(key));
}
