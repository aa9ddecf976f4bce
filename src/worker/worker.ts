import { announced } from "../domain/announce.ts";
import { ChatError } from "../domain/errors.ts";
import { makeTitle } from "../domain/make-title.ts";
import type { SearchIndex } from "../domain/ports/search.ts";
import { traceIdOf } from "../domain/ports/trace.ts";
import type { Claim } from "../domain/ports/turn.ts";
import { InterruptionError, type RunDeps, runGeneration } from "../domain/run-generation.ts";
import type { Conversation } from "../protocol/conversation.ts";
import type { ConversationId, GenerationId, UserId } from "../protocol/ids.ts";
import { type JanitorOptions, startJanitor } from "./janitor.ts";

/** Titles made at once: they must not take the model from answers. */
const MAX_TITLES = 2;
/** How often the queue is looked at without being told, in ms at most: for leases that ran out. */
const MAX_POLL_MS = 500;
/** Pause before the next attempt to listen while the store is away, in ms. */
const RETRY_MS = 500;

/** What a worker reports; fields only, never text. */
export interface WorkerLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface WorkerOptions {
  /** Generations at once, from 1. */
  readonly concurrency: number;
  readonly leaseMs: number;
  /** Names this process in leases. */
  readonly name: string;
  readonly log: WorkerLog;
  readonly janitor?: JanitorOptions;
  /** What stands in the log for a user id. */
  readonly userHash?: (user: UserId) => string;
}

export interface Worker {
  /** Generations under way. */
  running(): number;
  /** How long ago it last looked into the queue, or found that it could not, in ms; 0 in a drain. */
  silentMs(): number;
  /** Claims no more and hands over what runs, in mid-sentence. Resolves when nothing is left. */
  drain(): Promise<void>;
}

interface Held {
  claim: Claim;
  readonly control: AbortController;
  readonly done: Promise<void>;
}

/** Claims generations from the queue and runs them, as many at once as allowed, until drained. */
export function startWorker(
  deps: RunDeps & { readonly searchIndex: SearchIndex },
  options: WorkerOptions,
): Worker {
  const { queue, conversations, searchIndex, meter } = deps;
  const { concurrency, leaseMs, name, log, userHash } = options;
  const held = new Map<GenerationId, Held>();
  const titles = new Set<Promise<void>>();
  const titling = new AbortController();
  let draining = false;
  let claiming: Promise<void> | undefined;
  let again = false;
  /** After losing the store, leases of others are given time to be renewed. */
  let claimAfter = 0;
  let lookedAt = performance.now();

  function storeLost(error: unknown): void {
    if (!(error instanceof ChatError && error.code === "unavailable")) {
      log.error({ err: error }, "worker failed");
    }
    claimAfter = performance.now() + leaseMs / 2;
  }

  async function run(claim: Claim, control: AbortController): Promise<void> {
    const { conversationId, generationId, attempts, from, userId } = claim;
    const traceId = traceIdOf(claim.traceparent);
    const fields = {
      conversationId,
      generationId,
      ...(userHash && { userHash: userHash(userId) }),
    };
    log.info({ ...fields, traceId, from, attempts }, "generation claimed");
    try {
      const result = await runGeneration(deps, claim, control, (refenced) => {
        const mine = held.get(generationId);
        if (mine?.control === control) mine.claim = refenced;
      });
      if (result.type === "interrupted") {
        log.info({ ...fields, by: result.by }, "generation interrupted");
        return;
      }
      const { status, failure, timing, engine, continued } = result.outcome;
      log.info({ ...fields, status, failure, timing, engine, continued }, "generation ended");
      if (status === "done" && result.conversation.title === "") title(result.conversation);
      await announced(conversations, conversationId);
      await indexed(conversationId);
    } catch (error) {
      // The lease runs out and another claim goes on; too many of those end it as poison.
      if (error instanceof ChatError && error.code === "unavailable") {
        log.warn({ ...fields, attempts }, "store away, generation left to its lease");
      } else {
        log.error({ ...fields, attempts, err: error }, "generation broke");
      }
    }
  }

  /** A search takes in itself what is missing. */
  async function indexed(id: ConversationId): Promise<void> {
    try {
      await searchIndex.index(id);
    } catch (error) {
      if (!(error instanceof ChatError))
        log.error({ conversationId: id, err: error }, "not indexed");
    }
  }

  function title(conversation: Conversation): void {
    if (titles.size >= MAX_TITLES || draining) return;
    const made = makeTitle(deps, conversation, titling.signal)
      .catch((error: unknown) => {
        const { id: conversationId } = conversation;
        if (!titling.signal.aborted) log.warn({ conversationId, err: error }, "no title made");
      })
      .finally(() => titles.delete(made));
    titles.add(made);
  }

  async function claimAll(): Promise<void> {
    while (!draining && held.size < concurrency && performance.now() >= claimAfter) {
      // The last place is kept for a user who has none: one user alone never fills a worker.
      const lastSlot = concurrency > 1 && held.size === concurrency - 1;
      const claim = await queue.claim(name, { lastSlot });
      lookedAt = performance.now();
      if (claim === undefined) return;
      meter?.claimed(claim.from, Math.max(0, claim.now - claim.createdAt));
      const control = new AbortController();
      const done = run(claim, control).finally(() => {
        if (held.get(claim.generationId)?.control === control) held.delete(claim.generationId);
        look();
      });
      held.set(claim.generationId, { claim, control, done });
    }
  }

  /** Looks into the queue; one look at a time, and once more where it was asked for meanwhile. */
  function look(): void {
    if (draining) return;
    if (claiming !== undefined) {
      again = true;
      return;
    }
    again = false;
    claiming = claimAll()
      .catch(storeLost)
      .finally(() => {
        claiming = undefined;
        lookedAt = performance.now();
        if (again) look();
      });
  }

  async function renew(): Promise<void> {
    if (held.size === 0) return;
    try {
      const claims = [...held.values()].map(({ claim }) => claim);
      const { lost, stopped } = await queue.renew(claims);
      for (const { generationId: id, fence } of claims) {
        // One that has a newer fence by now, here in this worker, is not lost.
        const mine = lost.has(id) ? held.get(id) : undefined;
        if (mine?.claim.fence === fence) mine.control.abort(new InterruptionError("lost"));
      }
      for (const id of stopped) held.get(id)?.control.abort(new InterruptionError("stop"));
    } catch (error) {
      storeLost(error);
    }
  }

  let unlisten: (() => Promise<void>) | undefined;
  async function listen(): Promise<void> {
    while (!draining && unlisten === undefined) {
      try {
        unlisten = await queue.listen({
          queued: look,
          stop: (id) => held.get(id)?.control.abort(new InterruptionError("stop")),
        });
      } catch {
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
    look();
  }

  const listening = listen();
  const polling = setInterval(look, Math.min(MAX_POLL_MS, leaseMs / 2));
  const janitor = startJanitor(queue, conversations, log, { meter, ...options.janitor });
  let renewing = Promise.resolve();
  const renewal = setInterval(() => {
    renewing = renew();
  }, leaseMs / 3);

  return {
    running: () => held.size,
    silentMs: () => (draining ? 0 : performance.now() - lookedAt),
    async drain() {
      draining = true;
      clearInterval(polling);
      janitor.stop();
      titling.abort(new InterruptionError("hand-over"));
      await claiming;
      for (const { control } of held.values()) {
        control.abort(new InterruptionError("hand-over"));
      }
      await Promise.all([...held.values()].map(({ done }) => done));
      clearInterval(renewal);
      await Promise.all([renewing, listening, ...titles]);
      await unlisten?.().catch(() => undefined);
    },
  };
}
