import { randomUUID } from "node:crypto";
import * as z from "zod/mini";
import type { AwaitAnswer } from "../domain/await-answer.ts";
import { notFound } from "../domain/errors.ts";
import type { ConversationStore, MessageHistory } from "../domain/ports/store.ts";
import type { SendMessage } from "../domain/send-message.ts";
import { MessageId } from "../protocol/ids.ts";
import { Message } from "../protocol/message.ts";
import { NewMessage, Submitted } from "../protocol/requests.ts";
import { defineRoute, type Route } from "./operation.ts";
import { MAX_WAIT_SECONDS, waitSecondsIn } from "./prefer.ts";
import { ConversationParams, DEFAULT_LIMIT, Limit, NO_BODY, NO_QUERY } from "./validate.ts";

const TAG = "Messages";

/** A page of messages: the newest before the cursor, oldest first within it. */
export const MessagePage = z.object({
  items: z.array(Message),
  /** The `before` of the next, older page. */
  next: z.optional(z.string()),
});

/** Routes under `/api/conversations/:id/messages`. */
export function messageRoutes(deps: {
  readonly conversations: ConversationStore;
  readonly history: MessageHistory;
  readonly sendMessage: SendMessage;
  readonly awaitAnswer: AwaitAnswer;
  /** Aborts when the process drains: nobody waits any longer. */
  readonly draining: AbortSignal;
}): readonly Route[] {
  const { conversations, history, sendMessage, awaitAnswer, draining } = deps;

  return [
    defineRoute(
      {
        id: "listMessages",
        method: "GET",
        path: "/api/conversations/:id/messages",
        tag: TAG,
        summary: "The newest messages before a cursor, oldest first",
        description: "A running answer is among them, with its text so far.",
        params: ConversationParams,
        query: z.object({ limit: z.optional(Limit), before: z.optional(z.string()) }),
        body: NO_BODY,
        answers: [{ status: 200, description: "A page of them", schema: MessagePage }],
        problems: ["invalid"],
      },
      async (c, { params, query: { limit = DEFAULT_LIMIT, before } }) => {
        await conversations.get(c.get("identity").userId, params.id);
        // What is no id names no message, as an id that is unknown.
        if (before !== undefined && !MessageId.safeParse(before).success) throw notFound("message");
        const page = { limit, ...(before !== undefined && { before }) };
        return c.json(await history.page(params.id, page));
      },
    ),

    defineRoute(
      {
        id: "sendMessage",
        method: "POST",
        path: "/api/conversations/:id/messages",
        tag: TAG,
        summary: "Ask something",
        description:
          "Stores the message and queues its answer. `id` is the client's own: the same one again gets the stored answer, so a request may be repeated until it is acknowledged. Without `parentId` the message follows the newest one; `null` starts a new root.",
        params: ConversationParams,
        query: NO_QUERY,
        body: NewMessage,
        example: { content: "What is a monad?" },
        headers: {
          Prefer: `\`wait=<seconds>\`, at most ${MAX_WAIT_SECONDS}: answer once the generation ended.`,
        },
        answers: [
          {
            status: 200,
            description: "The generation ended within the time to wait; `answer` is there",
            schema: Submitted,
            headers: { "Preference-Applied": "`wait=<seconds>`" },
          },
          { status: 202, description: "The answer is on its way", schema: Submitted },
        ],
        problems: ["limited"],
      },
      async (c, { params, body: { id, ...rest } }) => {
        const owner = c.get("identity").userId;
        const conversationId = params.id;
        const messageId = id ?? MessageId.parse(randomUUID());
        const traceparent = c.get("traceparent");
        const sent = await sendMessage({ owner, conversationId, messageId, traceparent, ...rest });
        c.set("generationId", sent.generationId);
        // The stored one, which a repeated request may differ from.
        const message = await history.get(conversationId, sent.messageId);
        if (message === undefined) throw notFound();
        const submitted = { message, generationId: sent.generationId };

        const seconds = waitSecondsIn(c.req.header("prefer"));
        if (seconds === 0) return c.json(submitted, 202);
        c.header("Preference-Applied", `wait=${seconds}`);
        const answer = await awaitAnswer(
          { owner, conversationId, generationId: sent.generationId, timeoutMs: seconds * 1000 },
          AbortSignal.any([c.req.raw.signal, draining]),
        );
        return answer === undefined
          ? c.json(submitted, 202)
          : c.json({ ...submitted, answer }, 200);
      },
    ),
  ];
}
