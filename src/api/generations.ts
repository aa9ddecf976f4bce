import { randomUUID } from "node:crypto";
import * as z from "zod/mini";
import type { Regenerate } from "../domain/regenerate.ts";
import type { StopGeneration } from "../domain/stop-generation.ts";
import { GenerationId, MessageId } from "../protocol/ids.ts";
import { NewGeneration } from "../protocol/requests.ts";
import { defineRoute, type Route } from "./operation.ts";
import { ConversationParams, GenerationParams, NO_BODY, NO_QUERY } from "./validate.ts";

const TAG = "Generations";

/** Which generation was asked for, or was told to stop. */
export const GenerationReceipt = z.object({ generationId: GenerationId });

/** Routes under `/api/conversations/:id/generations`. */
export function generationRoutes(deps: {
  readonly regenerate: Regenerate;
  readonly stopGeneration: StopGeneration;
}): readonly Route[] {
  return [
    defineRoute(
      {
        id: "regenerate",
        method: "POST",
        path: "/api/conversations/:id/generations",
        tag: TAG,
        summary: "Ask for another answer to a user message",
        description:
          "`continue` names a stopped or failed answer: the new one begins with its text and goes on from there. The same `requestId` again gets the stored answer.",
        params: ConversationParams,
        query: NO_QUERY,
        body: NewGeneration,
        example: { parentId: MessageId.parse("0199d3a4-7a53-7c3e-9d1c-2f6f0a4f2b11") },
        answers: [
          { status: 202, description: "The answer is on its way", schema: GenerationReceipt },
        ],
        problems: ["limited"],
      },
      async (c, { params, body }) => {
        const { generationId } = await deps.regenerate({
          owner: c.get("identity").userId,
          conversationId: params.id,
          requestId: body.requestId ?? MessageId.parse(randomUUID()),
          parentId: body.parentId,
          model: body.model,
          continueFrom: body.continue,
          traceparent: c.get("traceparent"),
        });
        c.set("generationId", generationId);
        return c.json({ generationId }, 202);
      },
    ),

    defineRoute(
      {
        id: "stopGeneration",
        method: "POST",
        path: "/api/conversations/:id/generations/:gid/stop",
        tag: TAG,
        summary: "Stop an answer",
        description:
          "Before its first character too, and from anywhere. Idempotent; needs no body.",
        params: GenerationParams,
        query: NO_QUERY,
        body: NO_BODY,
        answers: [
          { status: 202, description: "It stops, or has ended", schema: GenerationReceipt },
        ],
      },
      async (c, { params }) => {
        const owner = c.get("identity").userId;
        await deps.stopGeneration({ owner, conversationId: params.id, generationId: params.gid });
        return c.json({ generationId: params.gid }, 202);
      },
    ),
  ];
}
