import { ChatError } from "../domain/errors.ts";
import { type Meter, NO_METER } from "../domain/ports/meter.ts";
import type { ConversationStore } from "../domain/ports/store.ts";
import type { WorkQueue } from "../domain/ports/turn.ts";
import type { WorkerLog } from "./worker.ts";

/** How often each worker tidies, in ms: 0.5 to 1.5 times this, so that workers spread. */
const TIDY_MS = 30_000;
/** How long a conversation must have been active before anything of it is taken for forgotten, in ms. */
const GRACE_MS = 15_000;

export interface JanitorOptions {
  /** About how often it tidies, in ms; default: every 30 s. */
  readonly everyMs?: number;
  /** How long nothing of a conversation is taken for forgotten, in ms; default: 15 s. */
  readonly graceMs?: number;
  /** Told what it completed. */
  readonly meter?: Pick<Meter, "tidied"> | undefined;
}

/**
 * Finds what was left half-done: a generation in no queue and under no lease, an end that its owner's
 * screens were not told of. Every worker does it, none must: it may be done any number of times.
 */
export function startJanitor(
  queue: Pick<WorkQueue, "tidy">,
  conversations: Pick<ConversationStore, "announce">,
  log: WorkerLog,
  { everyMs = TIDY_MS, graceMs = GRACE_MS, meter = NO_METER }: JanitorOptions = {},
): { stop(): void } {
  let timer: NodeJS.Timeout;
  async function tidy(): Promise<void> {
    try {
      const { putBack, dropped, untold } = await queue.tidy(Date.now() - graceMs);
      for (const id of untold) await conversations.announce(id);
      const told = untold.length;
      meter.tidied("put_back", putBack);
      meter.tidied("dropped", dropped);
      meter.tidied("told", told);
      if (putBack + dropped + told > 0) log.warn({ putBack, dropped, told }, "tidied");
    } catch (error) {
      // A store that is away is tidied when it is back.
      if (!(error instanceof ChatError)) log.error({ err: error }, "tidying failed");
    }
  }
  function schedule(): void {
    timer = setTimeout(
      () => {
        tidy()
          .finally(schedule)
          .catch(() => undefined);
      },
      everyMs * (0.5 + Math.random()),
    ).unref();
  }
  schedule();
  return { stop: () => clearTimeout(timer) };
}
