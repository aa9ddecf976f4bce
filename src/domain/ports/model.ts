import type { Parameters } from "../../protocol/conversation.ts";
import type { Usage } from "../../protocol/message.ts";
import type { Model } from "../../protocol/session.ts";

/** One turn as an engine sees it. */
export interface PromptMessage {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

/** What is already written of an answer that an engine should go on with. */
export interface Partial {
  readonly text: string;
  readonly reasoning: string;
  /** Model tokens that `text` and `reasoning` already cost. */
  readonly tokens: number;
}

export interface GenerateRequest {
  readonly messages: readonly PromptMessage[];
  readonly parameters: Parameters;
  /** Pieces then carry only what follows it. */
  readonly continueFrom?: Partial;
  /** Goes with the request, for the server's own trace. */
  readonly traceparent?: string;
}

/** A piece of an answer, in order. A text never ends in half a surrogate pair. */
export type Piece =
  | { readonly type: "text"; readonly text: string; readonly tokens?: number }
  | { readonly type: "reasoning"; readonly text: string; readonly tokens?: number }
  | { readonly type: "usage"; readonly usage: Usage }
  /** Another engine than the one announced goes on. */
  | { readonly type: "engine"; readonly engine: string; readonly model: string }
  /** The text goes on after an interruption, from where it stopped. */
  | { readonly type: "continued" }
  /** What was written is void: the answer begins anew (an engine that cannot continue). */
  | { readonly type: "restart" }
  /** Always last; without it the answer is not whole. `stop`, `length`, … */
  | { readonly type: "end"; readonly finishReason: string };

/** Writes the next message of a conversation. */
export interface TextGenerator {
  /**
   * Streams one answer, `end` last. Rejects with the signal's reason once `signal` aborts, and
   * closes its upstream request when the consumer leaves.
   * @throws ChatError `overloaded`, `unavailable`, `incomplete`, `timeout` (another try may help) or
   *   `invalid_prompt` (it will not).
   */
  generate(request: GenerateRequest, signal: AbortSignal): AsyncIterable<Piece>;
}

/** How much a model can read and write, in its tokens. */
export interface ModelLimits {
  /** Prompt and answer together. */
  readonly contextTokens: number;
  /** The longest prompt, where the server bounds it on its own. */
  readonly inputTokens?: number;
}

/** A model of the catalogue: an ordered list of engines behind one name. */
export interface ChatModel extends TextGenerator {
  readonly id: string;
  /** What runs it first: `tgi`, `openai`, `echo`, `rules`. */
  readonly engine: string;
  /** Asks the server; a sound default where it does not say or is away. Never rejects but by `signal`. */
  limits(signal: AbortSignal): Promise<ModelLimits>;
  /**
   * Tokens of `text` in this model, counted by the server where it can, else estimated from above.
   * Never rejects but by `signal`.
   */
  countTokens(text: string, signal: AbortSignal): Promise<number>;
}

/** The models of this deployment. */
export interface Catalogue {
  /** What a user may pick, the default first, with the status last seen. */
  models(): readonly Model[];
  /**
   * Where models are found at run time: `starting` until it is first known which, `away` while who
   * would know does not answer.
   */
  readonly discovery?: "starting" | "live" | "away" | undefined;
  /** @throws ChatError `invalid` for a name that the catalogue does not have. */
  pick(id?: string): ChatModel;
  /**
   * Waits a moment for a name that another process knew, where models come and go. Resolves when it is
   * known, will not be, or `signal` aborts; never rejects.
   */
  settle?(id: string, signal: AbortSignal): Promise<void>;
}
