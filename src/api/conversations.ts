import * as z from "zod/mini";
import type { Catalogue } from "../domain/ports/model.ts";
import type { ConversationStore } from "../domain/ports/store.ts";
import { Conversation, ConversationChange, NewConversation } from "../protocol/conversation.ts";
import { defineRoute, type Route } from "./operation.ts";
import {
  ConversationParams,
  DEFAULT_LIMIT,
  Limit,
  NO_BODY,
  NO_PARAMS,
  NO_QUERY,
} from "./validate.ts";

const TAG = "Conversations";

/** A page of a user's conversations, newest first. */
export const ConversationPage = z.object({
  items: z.array(Conversation),
  /** The `before` of the next, older page. */
  next: z.optional(z.string()),
});

/** What DELETE removed. */
export const DeleteReceipt = z.object({
  deleted: z.object({
    messages: z.int(),
    events: z.int(),
    generations: z.int(),
    keys: z.int(),
  }),
});

/** Routes under `/api/conversations`; each acts for the caller alone. */
export function conversationRoutes(deps: {
  readonly conversations: ConversationStore;
  readonly catalogue: Catalogue;
}): readonly Route[] {
  const { conversations, catalogue } = deps;
  /** @throws ChatError `invalid` for a model that is not there. */
  const checkModel = (model: string | null | undefined) => {
    if (model !== undefined && model !== null) catalogue.pick(model);
  };

  return [
    defineRoute(
      {
        id: "listConversations",
        method: "GET",
        path: "/api/conversations",
        tag: TAG,
        summary: "The caller's conversations, newest first",
        description: "`pinned=true`: the pinned ones alone.",
        params: NO_PARAMS,
        query: z.object({
          limit: z.optional(Limit),
          before: z.optional(z.string()),
          pinned: z.optional(z.literal("true")),
        }),
        body: NO_BODY,
        answers: [{ status: 200, description: "A page of them", schema: ConversationPage }],
        problems: ["invalid", "not_found"],
      },
      async (c, { query: { limit = DEFAULT_LIMIT, before, pinned } }) =>
        c.json(
          await conversations.list(c.get("identity").userId, {
            limit,
            ...(before !== undefined && { before }),
            ...(pinned !== undefined && { pinned: true }),
          }),
        ),
    ),

    defineRoute(
      {
        id: "createConversation",
        method: "POST",
        path: "/api/conversations",
        tag: TAG,
        summary: "Begin a conversation",
        description: 'Its title is `""` until someone or the model gives one.',
        params: NO_PARAMS,
        query: NO_QUERY,
        body: NewConversation,
        example: { title: "Holidays", parameters: { temperature: 0.7 } },
        answers: [{ status: 201, description: "The new conversation", schema: Conversation }],
      },
      async (c, { body }) => {
        checkModel(body.model);
        return c.json(await conversations.create(c.get("identity").userId, body), 201);
      },
    ),

    defineRoute(
      {
        id: "getConversation",
        method: "GET",
        path: "/api/conversations/:id",
        tag: TAG,
        summary: "One conversation",
        params: ConversationParams,
        query: NO_QUERY,
        body: NO_BODY,
        answers: [{ status: 200, description: "The conversation", schema: Conversation }],
      },
      async (c, { params }) => c.json(await conversations.get(c.get("identity").userId, params.id)),
    ),

    defineRoute(
      {
        id: "changeConversation",
        method: "PATCH",
        path: "/api/conversations/:id",
        tag: TAG,
        summary: "Change some fields of a conversation",
        description: "What is absent stays; `null` clears a field.",
        params: ConversationParams,
        query: NO_QUERY,
        body: ConversationChange,
        example: { title: "Summer holidays", pinned: true, systemPrompt: null },
        answers: [
          { status: 200, description: "The conversation as it is now", schema: Conversation },
        ],
      },
      async (c, { params, body }) => {
        const { userId } = c.get("identity");
        checkModel(body.model);
        // Nothing to change is nothing to tell the other screens.
        if (Object.keys(body).length === 0)
          return c.json(await conversations.get(userId, params.id));
        return c.json(await conversations.update(userId, params.id, body));
      },
    ),

    defineRoute(
      {
        id: "deleteConversation",
        method: "DELETE",
        path: "/api/conversations/:id",
        tag: TAG,
        summary: "Delete a conversation and everything of it",
        description: "Answers that are being written end with it.",
        params: ConversationParams,
        query: NO_QUERY,
        body: NO_BODY,
        answers: [{ status: 200, description: "What was removed", schema: DeleteReceipt }],
      },
      async (c, { params }) =>
        c.json({ deleted: await conversations.remove(c.get("identity").userId, params.id) }),
    ),
  ];
}
