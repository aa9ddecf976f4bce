import { expect, test } from "vitest";
import type { Conversation } from "../../../src/protocol/conversation.ts";
import { ApiError } from "../api/http.ts";
import { words } from "../i18n/words.ts";
import { createImportStore } from "./import-store.ts";
import { CONVERSATION } from "./sample.test-data.ts";

const AT = "2026-11-21T06:00:00.000Z";
const times = { createdAt: AT, updatedAt: AT };
const fileOf = (name: string, content: string) => new File([content], name);

/** A server that makes a conversation of anything that has a title. */
function setUp(maxBytes?: number) {
  const made: [string, boolean][] = [];
  const waiting: number[] = [];
  const store = createImportStore(
    {
      async importConversation(file) {
        const text = await file.text();
        if (!text.startsWith("{")) throw new ApiError("invalid", "no JSON");
        const { title, refuse } = JSON.parse(text) as { title?: string; refuse?: string };
        if (refuse) throw new ApiError("limited", refuse);
        if (!title) throw new ApiError("invalid", "no title");
        const one: Conversation = {
          ...{ id: CONVERSATION, title, ...times },
          ...{ pinned: false, generating: false },
        };
        return one;
      },
    },
    () => maxBytes,
    ({ title }, last) => made.push([title, last]),
  );
  store.state.subscribe(() => waiting.push(store.state.get().waiting));
  return { ...store, made, waiting };
}

test("files are taken one after the other, and the last one is opened at the end", async () => {
  const { take, state, made, waiting } = setUp();
  await take([fileOf("a.json", '{"title":"A"}'), fileOf("b.json", '{"title":"B"}')]);
  expect(made).toEqual([
    ["A", false],
    ["B", false],
    ["B", true],
  ]);
  expect(Math.max(...waiting)).toBe(2);
  expect(state.get()).toEqual({ waiting: 0, failures: [] });
});

test("each file that is none is said by its name, and keeps no other from coming in", async () => {
  const { take, dismiss, state, made } = setUp(40);
  await take([
    fileOf("text.json", "no JSON"),
    fileOf("other.json", "[]"),
    fileOf("long.json", `{"title":"${"x".repeat(50)}"}`),
    fileOf("busy.json", '{"refuse":"Try again"}'),
    fileOf("good.json", '{"title":"Good"}'),
  ]);
  const { transfer } = words();
  expect(state.get()).toEqual({
    waiting: 0,
    failures: [
      transfer.notAnExport("text.json"),
      transfer.notAnExport("other.json"),
      transfer.tooLarge("long.json"),
      transfer.importFailed("busy.json", "Try again"),
    ],
  });
  expect(made.at(-1)).toEqual(["Good", true]);
  dismiss();
  expect(state.get().failures).toEqual([]);
});

test("a file that cannot be read is said to be so, and not sent", async () => {
  const { take, state, made } = setUp();
  const gone = fileOf("gone.json", "{}");
  gone.slice = () => {
    throw new DOMException("gone", "NotFoundError");
  };
  await take([gone]);
  expect(state.get().failures).toEqual([words().transfer.unreadable("gone.json")]);
  expect(made).toEqual([]);
});
