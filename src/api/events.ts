import * as z from "zod/mini";
import type { Subscription, SubscriptionHub } from "../domain/ports/live.ts";
import type { ConversationStore } from "../domain/ports/store.ts";
import type { TakeSeat } from "../domain/seats.ts";
import type { BeginStay } from "../domain/stay.ts";
import { EventId } from "../protocol/ids.ts";
import type { ApiContext } from "./context.ts";
import { createEventStream, type StreamEnd } from "./event-stream.ts";
import { defineRoute, type Route } from "./operation.ts";
import { limited } from "./request-limits.ts";
import { ConversationParams, NO_BODY } from "./validate.ts";

/** How long a client that was too slow may take to read what is queued. */
const LAST_READ_MS = 15_000;

/** `GET /api/conversations/:id/events`: the frames of a socket's subscription as SSE. */
export function eventRoutes(deps: {
  readonly conversations: ConversationStore;
  readonly hub: SubscriptionHub;
  /** Aborts when the process drains: streams end, and clients resume elsewhere. */
  readonly draining: AbortSignal;
  readonly beginStay: BeginStay;
  readonly takeSeat: TakeSeat;
}): readonly Route[] {
  const { conversations, hub, draining, beginStay, takeSeat } = deps;

  return [
    defineRoute(
      {
        id: "streamEvents",
        method: "GET",
        path: "/api/conversations/:id/events",
        tag: "Events",
        summary: "What happens in a conversation, live, as server-sent events",
        description:
          "First `event: subscribed` with a `SubscribedFrame`; then `event: <type of the event>` with an `EventFrame`, its cursor as `id:` where it is logged; and `event: delta` with a `DeltaFrame`, without `id:`. A comment every 15 s. It ends with the identity of who opened it. When the stream ends, come back with the last `id:` as `Last-Event-ID`, as a browser's EventSource does by itself.",
        params: ConversationParams,
        query: z.object({ after: z.optional(EventId) }),
        body: NO_BODY,
        headers: { "Last-Event-ID": "The last `id:` seen; goes before `after`." },
        answers: [
          {
            status: 200,
            description:
              "`data:` of each event is one `SubscribedFrame`, `EventFrame` or `DeltaFrame`",
            contentType: "text/event-stream",
          },
        ],
        problems: ["invalid", "limited"],
      },
      async (c, { params, query }) => {
        const identity = c.get("identity");
        const owner = identity.userId;
        c.header("Content-Type", "text/event-stream; charset=utf-8");
        // nginx collects an answer until its buffer is full, unless told not to.
        c.header("X-Accel-Buffering", "no");
        if (c.req.method === "HEAD") {
          // Nobody would read the stream, and so nobody end it.
          await conversations.get(owner, params.id);
          return c.body(null);
        }

        const giveBack = takeSeat(owner, c.get("address"));
        if (giveBack === undefined) throw limited();
        let subscription: Subscription | undefined;
        let isOver = false;
        const stream = createEventStream({
          hasRoom: () => subscription?.resume(),
          ended(reason) {
            isOver = true;
            draining.removeEventListener("abort", stream.end);
            giveBack();
            leave();
            subscription?.leave();
            cutIfStuck(c, reason);
          },
        });
        draining.addEventListener("abort", stream.end);
        const leave = beginStay(identity, { reauthenticate: () => undefined, ended: stream.end });
        try {
          const joined = await hub.subscribe(owner, params.id, cursorOf(c, query.after), stream);
          // It may have ended in the meantime.
          if (isOver) joined.leave();
          else subscription = joined;
        } catch (error) {
          stream.end();
          throw error;
        }
        stream.live();
        if (draining.aborted) stream.end();
        return c.body(stream.body);
      },
    ),
  ];
}

/**
 * A browser cannot choose what it resends as `Last-Event-ID`, and takes an error for final: one that
 * is no cursor begins anew.
 */
function cursorOf(c: ApiContext, after: EventId | undefined): EventId | undefined {
  const last = c.req.header("last-event-id");
  return last ? EventId.safeParse(last).data : after;
}

function cutIfStuck(c: ApiContext, reason: StreamEnd): void {
  if (reason !== "slow") return;
  c.get("log").warn({}, "event stream too slow");
  setTimeout(() => c.env?.outgoing?.destroy(), LAST_READ_MS).unref();
}
