import type { FeedbackStore } from "../domain/ports/store.ts";
import { FeedbackChange, Message } from "../protocol/message.ts";
import { defineRoute, type Route } from "./operation.ts";
import { MessageParams, NO_QUERY } from "./validate.ts";

/** What a reader thinks of an answer. */
export function feedbackRoutes(feedback: FeedbackStore): readonly Route[] {
  return [
    defineRoute(
      {
        id: "rateAnswer",
        method: "PUT",
        path: "/api/conversations/:id/messages/:mid/feedback",
        tag: "Messages",
        summary: "Say what you think of an answer",
        description:
          "`rating: null` takes it back. Every screen is told by the event `message.updated`.",
        params: MessageParams,
        query: NO_QUERY,
        body: FeedbackChange,
        example: { rating: "down", note: "The dates are wrong." },
        answers: [{ status: 200, description: "The message with it", schema: Message }],
        problems: ["limited"],
      },
      async (c, { params: { id, mid }, body: { rating, note } }) => {
        const given = rating === null ? undefined : { rating, ...(note && { note }) };
        return c.json(await feedback.rate(c.get("identity").userId, id, mid, given));
      },
    ),
  ];
}
