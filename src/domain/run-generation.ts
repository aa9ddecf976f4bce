import type { Conversation } from "../protocol/conversation.ts";
import type { Usage } from "../protocol/message.ts";
import type { Outcome } from "../protocol/outcome.ts";
import { createDeltaWriter, type DeltaWriter } from "./delta-writer.ts";
import { ChatError } from "./errors.ts";
import { failed, failureOf } from "./generation-failure.ts";
import { pickModel } from "./pick-model.ts";
import type { Catalogue, ChatModel, GenerateRequest, Partial } from "./ports/model.ts";
import type { ConversationStore, MessageHistory } from "./ports/store.ts";
import type { Claim, WorkQueue } from "./ports/turn.ts";
import { buildPrompt } from "./prompt.ts";
import { type RunObservers, type RunWatch, watchRun } from "./run-watch.ts";

/** Claims in a row that may bring no new text before a generation is given up. */
const MAX_ATTEMPTS = 5;

export interface RunDeps extends RunObservers {
  readonly queue: WorkQueue;
  readonly conversations: ConversationStore;
  readonly history: MessageHistory;
  readonly catalogue: Catalogue;
}

/** Why a run ends before its model does. */
export type Interruption = "stop" | "lost" | "hand-over";

/** How a run ended; the conversation is given where this run wrote the end. */
export type RunResult =
  | { readonly type: "ended"; readonly outcome: Outcome; readonly conversation: Conversation }
  | { readonly type: "interrupted"; readonly by: Exclude<Interruption, "stop"> };

/** Aborts with one of the reasons above. */
export class InterruptionError extends Error {
  override readonly name = "InterruptionError";
  readonly by: Interruption;

  constructor(by: Interruption) {
    super(`The generation was interrupted: ${by}.`);
    this.by = by;
  }
}

/**
 * Runs one claimed generation to its end, from what its stream already has. `control` ends it early
 * when aborted with an `InterruptionError`: a stop keeps the text, a hand-over gives the lease back,
 * a loss writes nothing more. `onRefenced` is given the claim to renew from then on.
 * @throws ChatError `unavailable` when the store is away at a moment where waiting would not help.
 */
export async function runGeneration(
  deps: RunDeps,
  claim: Claim,
  control: AbortController,
  onRefenced: (claim: Claim) => void = () => undefined,
): Promise<RunResult> {
  const watch = watchRun(deps, claim);
  const { traceparent } = watch;
  // Who takes over can do without.
  if (traceparent !== undefined) deps.queue.noteRun(claim, traceparent).catch(() => undefined);
  const result = await runToEnd(deps, claim, control, watch, onRefenced);
  watch.over(result);
  return result;
}

async function runToEnd(
  deps: RunDeps,
  claim: Claim,
  control: AbortController,
  watch: RunWatch,
  onRefenced: (claim: Claim) => void,
): Promise<RunResult> {
  try {
    return await run(deps, claim, control, watch, onRefenced);
  } catch (error) {
    // Lost while its end was being written, after a stop say: a delete is both at once.
    if (error instanceof InterruptionError && error.by === "lost") {
      return { type: "interrupted", by: "lost" };
    }
    watch.broke();
    throw error;
  }
}

async function run(
  deps: RunDeps,
  claim: Claim,
  control: AbortController,
  watch: RunWatch,
  onRefenced: (claim: Claim) => void,
): Promise<RunResult> {
  const { queue, meter } = deps;
  const interrupt = (by: Interruption) => control.abort(new InterruptionError(by));
  let held = claim;
  const conversation = await own(deps, claim);
  if (conversation === undefined) return { type: "interrupted", by: "lost" };
  const from = await queue.text(claim);
  const model = await pickModel(deps.catalogue, claim.model, conversation.model, control.signal);

  let engine = model.engine;
  let modelName = model.id;
  let usage: Usage = {};
  // Going on with another worker's text is one more seam.
  let continued = from.seams + (from.text === "" && from.reasoning === "" ? 0 : 1);

  // Losing the generation ends all waiting; a stop must still be able to write its end.
  const lost = new AbortController();
  const writer = createDeltaWriter(queue, claim, {
    from,
    signal: lost.signal,
    onLost: () => {
      interrupt("lost");
      lost.abort(new InterruptionError("lost"));
    },
    onStop: () => interrupt("stop"),
    onAppended: meter?.appended,
  });
  control.signal.addEventListener("abort", () => {
    if (reasonOf(control.signal) === "lost") lost.abort(control.signal.reason);
  });

  async function end(
    how: Pick<Outcome, "status" | "finishReason" | "failure">,
  ): Promise<RunResult> {
    watch.modelEnded(how.failure?.code);
    await writer.flush();
    const { tokens, ...text } = writer.written;
    const { firstTokenMs } = watch;
    const outcome: Outcome = {
      ...how,
      engine,
      model: modelName,
      usage: { completionTokens: tokens, ...usage },
      timing: {
        queuedMs: Math.max(0, claim.now - claim.createdAt),
        ...(firstTokenMs === undefined ? {} : { firstTokenMs }),
        totalMs: watch.elapsedMs(),
      },
      continued,
    };
    for (;;) {
      const ended = await persist(() => queue.finish(held, text, outcome), lost.signal);
      if (ended === false) return { type: "interrupted", by: "lost" };
      if (ended === true) return { type: "ended", outcome, conversation: conversation ?? raise() };
      writer.mend(ended);
      await writer.flush();
    }
  }

  // The marker stands, only what follows from it is missing.
  if (from.outcome !== undefined) {
    const { outcome } = from;
    const whole = await queue.finish(held, from, outcome);
    return whole ? { type: "ended", outcome, conversation } : { type: "interrupted", by: "lost" };
  }
  if (claim.stop) return await end({ status: "stopped" });
  if (claim.attempts > MAX_ATTEMPTS) return await end(failed("poison", true));

  try {
    // A store that is away here must not be taken for a model that is.
    const announce = () => queue.start(claim, modelName, engine);
    if (!claim.started && !(await persist(announce, control.signal))) {
      return { type: "interrupted", by: "lost" };
    }
    const ask = () => prepare(deps, claim, conversation, model, writer, control.signal);
    const request = await persist(ask, control.signal);
    const traceparent = watch.asks(engine, modelName, request.continueFrom?.tokens ?? 0);
    const asked = traceparent === undefined ? request : { ...request, traceparent };
    for await (const piece of model.generate(asked, control.signal)) {
      watch.saw(piece);
      switch (piece.type) {
        case "text":
        case "reasoning":
          writer.push(
            piece.text,
            piece.tokens ?? 1,
            piece.type === "reasoning" ? piece.type : undefined,
          );
          break;
        case "usage":
          usage = piece.usage;
          break;
        case "engine":
          engine = piece.engine;
          modelName = piece.model;
          await persist(() => queue.start(held, modelName, engine), control.signal);
          break;
        case "continued":
          continued += 1;
          break;
        case "restart": {
          await writer.flush();
          const refenced = await persist(() => queue.refence(held), lost.signal);
          if (refenced === undefined) throw new InterruptionError("lost");
          held = refenced;
          onRefenced(held);
          writer.restart(held);
          continued += 1;
          break;
        }
        case "end":
          return await end({ status: "done", finishReason: piece.finishReason });
        default:
          piece satisfies never;
      }
    }
    return await end(failed("incomplete", true));
  } catch (error) {
    switch (
      reasonOf(control.signal) ??
      (error instanceof InterruptionError ? error.by : undefined)
    ) {
      case "stop":
        return await end({ status: "stopped" });
      case "hand-over":
        await writer.flush();
        await queue.handOver(held);
        return { type: "interrupted", by: "hand-over" };
      case "lost":
        return { type: "interrupted", by: "lost" };
      default:
    }
    const failure = failureOf(error);
    if (failure === undefined) throw error;
    return await end(failure);
  }
}

/** The prompt, and the text to go on from: this run's own, or that of an answer to continue. */
async function prepare(
  { history }: RunDeps,
  claim: Claim,
  { systemPrompt, parameters }: Conversation,
  model: ChatModel,
  writer: DeltaWriter,
  signal: AbortSignal,
): Promise<GenerateRequest> {
  const ancestors = history.ancestors(claim.conversationId, claim.parentId);
  const request = await buildPrompt({ systemPrompt, parameters, ancestors }, model, signal);
  const { text, reasoning } = writer.written;
  if (text === "" && reasoning === "" && claim.continueFrom !== undefined) {
    const earlier = await history.get(claim.conversationId, claim.continueFrom);
    const tokens = earlier?.metadata.usage?.completionTokens ?? 0;
    if (earlier?.reasoning) writer.push(earlier.reasoning, 0, "reasoning");
    if (earlier?.content) writer.push(earlier.content, tokens);
  }
  const continueFrom: Partial = writer.written;
  return continueFrom.text === "" && continueFrom.reasoning === ""
    ? request
    : { ...request, continueFrom };
}

async function own(
  { conversations }: RunDeps,
  { userId, conversationId }: Claim,
): Promise<Conversation | undefined> {
  try {
    return await conversations.get(userId, conversationId);
  } catch (error) {
    if (error instanceof ChatError && error.code === "not_found") return undefined;
    throw error;
  }
}

/** Tries until the store is there, or the generation is lost. */
async function persist<Result>(write: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
  for (let retryMs = 50; ; retryMs = Math.min(1_000, retryMs * 2)) {
    signal.throwIfAborted();
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof ChatError && error.code === "unavailable")) throw error;
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
  }
}

function reasonOf({ aborted, reason }: AbortSignal): Interruption | undefined {
  return aborted && reason instanceof InterruptionError ? reason.by : undefined;
}

function raise(): never {
  throw new Error("A generation ended without its conversation.");
}
