import { expect, test } from "vitest";
import { words } from "../i18n/words.ts";
import { type ConversationState, emptyConversation } from "./conversation-state.ts";
import { createRating } from "./rating.ts";
import { CONVERSATION, idOf, message } from "./sample.test-data.ts";

/** An answer on the screen, and a server that takes what it is told, or does not. */
function setUp(answer: () => Promise<void>) {
  const known = message(2, 1, { role: "assistant" });
  let state: ConversationState = {
    ...emptyConversation("ready"),
    messages: new Map([[known.id, known]]),
  };
  const asked: unknown[] = [];
  const told: string[] = [];
  const rate = createRating(
    {
      async rate(conversation, id, change) {
        asked.push([conversation, id, change]);
        await answer();
        return known;
      },
    },
    {
      conversations: {
        update: (_key, change) => {
          state = change(state);
        },
      },
      openId: () => CONVERSATION,
      tell: (text) => told.push(text),
    },
  );
  const shown = () => state.messages.get(idOf(2));
  return { rate, asked, told, shown };
}

const now = () => {
  throw new Error("the server is not asked");
};

test("an opinion is shown before the server has it, with its note, and goes without a trace", async () => {
  const answered = Promise.withResolvers<void>();
  const { rate, asked, shown } = setUp(() => answered.promise);
  const before = shown() ?? now();
  const rating = rate(before, { rating: "down", note: "Too long" });
  expect(shown()?.feedback).toEqual({ rating: "down", note: "Too long" });
  answered.resolve();
  await rating;
  expect(asked).toEqual([[CONVERSATION, idOf(2), { rating: "down", note: "Too long" }]]);
  await rate(shown() ?? now(), { rating: null });
  expect(shown()).toEqual(before);
});

test("what the server did not take is as it was again, and said", async () => {
  const { rate, told, shown } = setUp(async () => {
    throw new Error("away");
  });
  await rate({ ...(shown() ?? now()), feedback: { rating: "up" } }, { rating: "down" });
  expect(shown()?.feedback).toEqual({ rating: "up" });
  expect(told).toEqual([words().answer.rateFailed]);
});
