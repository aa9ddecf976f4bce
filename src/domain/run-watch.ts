import type { Outcome } from "../protocol/outcome.ts";
import { type Meter, type MeteredRun, NO_METER } from "./ports/meter.ts";
import type { Piece } from "./ports/model.ts";
import { NO_TRACER, type Tracer } from "./ports/trace.ts";
import type { Claim } from "./ports/turn.ts";

/** Where what is seen of runs goes; absent: nowhere. */
export interface RunObservers {
  readonly meter?: Meter | undefined;
  readonly tracer?: Tracer | undefined;
}

/** How a run is over. */
export type RunEnd =
  | { readonly type: "ended"; readonly outcome: Outcome }
  | { readonly type: "interrupted"; readonly by: "lost" | "hand-over" };

/** Sees one run of a generation, and tells the meter and the trace. */
export interface RunWatch {
  /** For whoever goes on with this run's text. */
  readonly traceparent: string | undefined;
  /** From the claim to the first token, in ms; undefined while there is none. */
  readonly firstTokenMs: number | undefined;
  elapsedMs(): number;
  /** The model is asked to go on after that many tokens. @returns the `traceparent` for the question. */
  asks(engine: string, model: string, afterTokens: number): string | undefined;
  saw(piece: Piece): void;
  /** The model has ended, well or not: what is left is to write it down. */
  modelEnded(failure?: string): void;
  over(end: RunEnd): void;
  /** Something that nobody foresaw, or a store that is away. */
  broke(): void;
}

const HOW = { done: "finished", stopped: "stopped", failed: "failed" } as const;

/** A take-over goes on with the trace of the question, and links to the run before it. */
export function watchRun(
  { meter = NO_METER, tracer = NO_TRACER }: RunObservers,
  claim: Claim,
): RunWatch {
  const began = performance.now();
  const { conversationId, generationId, createdAt, attempts, traceparent } = claim;
  const ids = {
    "gen_ai.conversation.id": conversationId,
    "chatbot.generation.id": generationId,
  };
  const beganAt = Date.now();
  if (claim.from === "queue") {
    const waits = {
      kind: "internal",
      parent: traceparent,
      attributes: ids,
      atMs: createdAt,
    } as const;
    tracer.start("wait in queue", waits).end(undefined, Math.max(createdAt, beganAt));
  }
  const run = tracer.start("generation", {
    kind: "consumer",
    parent: traceparent,
    link: claim.previousRun,
    attributes: { ...ids, "chatbot.claim.from": claim.from, "chatbot.claim.attempts": attempts },
    atMs: beganAt,
  });
  let call: ReturnType<Tracer["start"]> | undefined;
  let writing: ReturnType<Tracer["start"]> | undefined;
  let engine = "none";
  let model = "none";
  let tokens = 0;
  let firstTokenMs: number | undefined;
  let promptTokens = 0;
  let tokensBefore = 0;

  const elapsedMs = () => Math.round(performance.now() - began);

  function count(outcome: MeteredRun["outcome"], failure?: MeteredRun["failure"]): void {
    meter.ran({
      model,
      engine,
      outcome,
      failure,
      promptTokens,
      tokens,
      firstTokenMs,
      totalMs: elapsedMs(),
    });
  }

  function end(error?: string): void {
    call?.end(error);
    call = undefined;
    writing?.end();
    run.end(error);
  }

  return {
    traceparent: run.traceparent,
    get firstTokenMs() {
      return firstTokenMs;
    },
    elapsedMs,
    asks(askedEngine, askedModel, afterTokens) {
      engine = askedEngine;
      model = askedModel;
      tokensBefore = afterTokens;
      call = tracer.start(`chat ${model}`, {
        kind: "client",
        parent: run.traceparent,
        attributes: {
          ...ids,
          "gen_ai.operation.name": "chat",
          "gen_ai.provider.name": engine,
          "gen_ai.request.model": model,
          "gen_ai.output.type": "text",
        },
      });
      return call.traceparent;
    },
    saw(piece) {
      switch (piece.type) {
        case "text":
        case "reasoning":
          tokens += piece.tokens ?? 1;
          if (firstTokenMs !== undefined) break;
          firstTokenMs = elapsedMs();
          call?.event("first token");
          break;
        case "usage": {
          promptTokens = piece.usage.promptTokens ?? promptTokens;
          const told = piece.usage.completionTokens;
          if (told !== undefined) tokens = Math.max(0, told - tokensBefore);
          break;
        }
        case "engine":
          engine = piece.engine;
          model = piece.model;
          call?.event("another engine goes on");
          break;
        case "restart":
          tokensBefore = 0;
          call?.event("begins anew");
          break;
        case "continued":
          call?.event("continued");
          break;
        case "end":
          call?.set({ "gen_ai.response.finish_reasons": [piece.finishReason] });
          break;
        default:
          piece satisfies never;
      }
    },
    modelEnded(failure) {
      if (call === undefined) return;
      call.set({
        "gen_ai.response.model": model,
        "gen_ai.usage.input_tokens": promptTokens,
        "gen_ai.usage.output_tokens": tokens,
      });
      call.end(failure);
      call = undefined;
      writing = tracer.start("finish", { kind: "internal", parent: run.traceparent });
    },
    over(how) {
      if (how.type === "interrupted") {
        count(how.by === "lost" ? "lost" : "handed_over");
        run.set({ "chatbot.generation.outcome": how.by });
        end();
        return;
      }
      const { status, failure } = how.outcome;
      // Of one that had ended before, and lacked only what follows, nothing else is known here.
      if (model === "none") ({ model, engine } = how.outcome);
      count(HOW[status], failure?.code);
      run.set({ "chatbot.generation.outcome": HOW[status] });
      end(failure?.code);
    },
    broke() {
      end("internal");
    },
  };
}
