import { randomUUID } from "node:crypto";
import { traceIdOf } from "../domain/ports/trace.ts";
import type { Logger } from "../logger.ts";
import type { UserId } from "../protocol/ids.ts";
import type { SocketWatch } from "../ws/observer.ts";
import type { Telemetry } from "./telemetry.ts";

/** Frames that lead to an answer, or end one: each is a span of its own, and a line of the log. */
const TRACED: ReadonlySet<string> = new Set(["send", "regenerate", "stop"]);

/** What operators see of one socket: figures, lines of the log, and spans. */
export function observeSocket(
  { sockets, tracer, userHash }: Telemetry,
  log: Logger,
  user: UserId,
  requestId: string,
): SocketWatch {
  const socketId = randomUUID();
  const fields = { socketId, userHash: userHash(user) };
  const openedAt = performance.now();

  return {
    opened() {
      log.info({ ...fields, requestId }, "socket opened");
    },

    frame(type, conversationId) {
      const traced = TRACED.has(type) && conversationId !== undefined;
      const span = traced
        ? tracer.start(`frame ${type}`, {
            kind: "server",
            attributes: { "gen_ai.conversation.id": conversationId },
          })
        : undefined;
      return {
        traceparent: span?.traceparent,
        done(code, generationId) {
          sockets.frame(type, code ?? "ok");
          if (traced) {
            if (generationId !== undefined) span?.set({ "chatbot.generation.id": generationId });
            const traceId = traceIdOf(span?.traceparent);
            const ids = { conversationId, generationId, traceId };
            log.info({ ...fields, type, ...ids, code }, "frame");
          }
          span?.end(code);
        },
      };
    },

    fellBehind: sockets.fellBehind,

    closed(code) {
      sockets.closed(code);
      log.info({ ...fields, code, ms: Math.round(performance.now() - openedAt) }, "socket closed");
    },
  };
}
