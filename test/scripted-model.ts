import type { Catalogue, ChatModel, GenerateRequest, Piece } from "../src/domain/ports/model.ts";

/** One call of a model under the hand of a test. */
export interface Call {
  readonly request: GenerateRequest;
  readonly signal: AbortSignal;
  /** Gives the next pieces. */
  give(...pieces: Piece[]): void;
  /** Breaks off. */
  fail(error: unknown): void;
}

export interface ScriptedModel extends ChatModel {
  /** Every call so far. */
  readonly calls: readonly Call[];
  /** The call with that number, from 0, once it is made. */
  call(number: number): Promise<Call>;
}

/** A model that says what a test gives it, when the test gives it. */
export function createScriptedModel(id = "scripted", contextTokens = 1_000): ScriptedModel {
  const calls: Call[] = [];
  const arrivals = new Map<number, PromiseWithResolvers<Call>>();
  const arrival = (number: number) => {
    const known = arrivals.get(number) ?? Promise.withResolvers<Call>();
    arrivals.set(number, known);
    return known;
  };
  return {
    id,
    engine: "scripted",
    calls,
    call: (number) => arrival(number).promise,
    limits: async () => ({ contextTokens }),
    countTokens: async (text) => text.length,
    async *generate(request, signal) {
      const waiting: (Piece | { readonly type: "error"; readonly error: unknown })[] = [];
      let wake = Promise.withResolvers<void>();
      const push = (...items: typeof waiting) => {
        waiting.push(...items);
        wake.resolve();
      };
      const call: Call = {
        request,
        signal,
        give: (...pieces) => push(...pieces),
        fail: (error) => push({ type: "error", error }),
      };
      signal.addEventListener("abort", () => wake.resolve());
      arrival(calls.push(call) - 1).resolve(call);
      for (;;) {
        signal.throwIfAborted();
        const piece = waiting.shift();
        if (piece === undefined) {
          await wake.promise;
          wake = Promise.withResolvers();
          if (signal.aborted) throw signal.reason;
          continue;
        }
        if (piece.type === "error") throw piece.error;
        yield piece;
        if (piece.type === "end") return;
      }
    },
  };
}

/** A catalogue of one model. */
export function catalogueOf(model: ChatModel): Catalogue {
  return {
    models: () => [{ id: model.id, name: model.id, engine: model.engine, status: "ready" }],
    pick: () => model,
  };
}

/** Text pieces of the words given. */
export function words(...texts: string[]): Piece[] {
  return texts.map((text) => ({ type: "text", text, tokens: 1 }));
}
