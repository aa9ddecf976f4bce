import { Counter, Gauge, type Registry } from "prom-client";

/** Close codes that are counted by themselves: the contract's, and those that browsers send. */
const CODES: ReadonlySet<number> = new Set([
  1000, 1001, 1005, 1006, 1009, 1012, 1013, 4400, 4401, 4408, 4429,
]);

export interface HubFigures {
  readonly counts: () => { readonly watched: number; readonly subscriptions: number };
}

/** Counts sockets, frames and subscriptions in `registry`. */
export function createSocketMetrics(registry: Registry) {
  const registers = [registry];
  const open = new Gauge({
    name: "chatbot_sockets",
    help: "WebSockets open in this process",
    registers,
  });
  const closed = new Counter({
    name: "chatbot_sockets_closed_total",
    help: "WebSockets closed, by close code. 4408: too slow, 4401: identity gone, 1012: draining or rolled back",
    labelNames: ["code"],
    registers,
  });
  const slow = new Counter({
    name: "chatbot_sockets_slow_total",
    help: "How often a WebSocket fell behind, and got no more deltas until it had room",
    registers,
  });
  const frames = new Counter({
    name: "chatbot_frames_total",
    help: "Frames of clients that were acted on, pings apart, by type and result (ok, or the error's code)",
    labelNames: ["type", "result"],
    registers,
  });
  const subscribes = new Counter({
    name: "chatbot_subscribes_total",
    help: "Subscriptions, by how they began: replay is a client that comes back",
    labelNames: ["mode"],
    registers,
  });
  const gaps = new Counter({
    name: "chatbot_gaps_total",
    help: "Reads of the store that repaired what was, or may have been, missed, by what told of it",
    labelNames: ["cause"],
    registers,
  });
  const rollBacks = new Counter({
    name: "chatbot_log_rollbacks_total",
    help: "Conversations whose log had lost its end, so that all who watched had to start over",
    registers,
  });
  const merged = new Counter({
    name: "chatbot_frames_merged_total",
    help: "Deltas that took the place of several, for a viewer that was behind",
    registers,
  });
  for (const code of [4408, 1012]) closed.inc({ code: String(code) }, 0);
  for (const cause of ["delta", "take_over", "event", "end", "reconnected", "check"]) {
    gaps.inc({ cause }, 0);
  }

  return {
    count: (sockets: number) => open.set(sockets),
    closed: (code: number) => closed.inc({ code: CODES.has(code) ? String(code) : "other" }),
    fellBehind: () => slow.inc(),
    frame: (type: string, result: string) => frames.inc({ type, result }),
    hub: {
      subscribed: (mode: string) => subscribes.inc({ mode }),
      gap: (cause: string) => gaps.inc({ cause }),
      rolledBack: () => rollBacks.inc(),
      merged: () => merged.inc(),
    },
    /** Once there are subscriptions. */
    watch({ counts }: HubFigures): void {
      new Gauge({
        name: "chatbot_subscriptions",
        help: "Subscriptions of sockets and event streams in this process",
        registers,
        collect() {
          this.set(counts().subscriptions);
        },
      });
      new Gauge({
        name: "chatbot_conversations_watched",
        help: "Conversations that somebody watches in this process",
        registers,
        collect() {
          this.set(counts().watched);
        },
      });
    },
  };
}
