import * as z from "zod/mini";
import type { Endpoint } from "./endpoint.ts";
import type { EngineLimits } from "./engine.ts";
import { estimateTokens } from "./token-count.ts";
import { failure } from "./upstream-error.ts";

/** Which program speaks the protocol; `other` is OpenAI itself and all that does not say. */
export type Dialect = "vllm" | "sglang" | "llamacpp" | "other";

/** What `/v1/models` says of the model in use. */
export interface ServedModel {
  readonly dialect: Dialect;
  readonly id: string;
  /** Tokens of prompt and answer together. */
  readonly contextTokens?: number;
}

const Size = z.optional(z.nullable(z.int().check(z.positive())));

const ModelList = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      owned_by: z.optional(z.nullable(z.string())),
      max_model_len: Size,
      meta: z.optional(z.nullable(z.object({ n_ctx_train: Size }))),
    }),
  ),
});

/** llama.cpp: the context of one slot, which is often less than the model was trained for. */
const LlamaProps = z.object({
  default_generation_settings: z.object({ n_ctx: z.int().check(z.positive()) }),
});

const VllmTokens = z.object({ count: z.int().check(z.nonnegative()) });
const LlamaTokens = z.object({ tokens: z.array(z.unknown()) });

const DIALECTS: ReadonlyMap<string, Dialect> = new Map([
  ["vllm", "vllm"],
  ["sglang", "sglang"],
  ["llamacpp", "llamacpp"],
]);

/**
 * What the server says of `model`, by default the first it has. @throws UpstreamError where it does
 * not answer, or lists no model and none was named.
 */
export async function askServedModel(
  endpoint: Endpoint,
  model: string | undefined,
  signal: AbortSignal,
): Promise<ServedModel> {
  const listed = ModelList.safeParse(await endpoint.ask("/v1/models", signal)).data?.data ?? [];
  const entry = listed.find(({ id }) => id === model) ?? listed[0];
  const id = model ?? entry?.id;
  if (id === undefined) throw failure("unavailable", { permanent: true });
  const contextTokens = entry?.max_model_len ?? entry?.meta?.n_ctx_train;
  return {
    dialect: DIALECTS.get(entry?.owned_by?.toLowerCase() ?? "") ?? "other",
    id,
    ...(contextTokens && { contextTokens }),
  };
}

/** The bounds of a served model; llama.cpp is asked for the size of its slots. */
export async function askOpenAiLimits(
  endpoint: Endpoint,
  served: ServedModel,
  signal: AbortSignal,
): Promise<EngineLimits | undefined> {
  const { dialect, contextTokens } = served;
  if (dialect === "llamacpp") {
    const props = await endpoint.ask("/props", signal).catch(() => undefined);
    signal.throwIfAborted();
    const slot = LlamaProps.safeParse(props).data?.default_generation_settings.n_ctx;
    if (slot !== undefined) return { contextTokens: slot };
  }
  return contextTokens === undefined ? undefined : { contextTokens };
}

/** Tokens of `text`: counted where the server has a route for it, else estimated from above. */
export async function askOpenAiTokens(
  endpoint: Endpoint,
  { dialect, id }: ServedModel,
  text: string,
  signal: AbortSignal,
): Promise<number> {
  switch (dialect) {
    case "vllm": {
      const body = { model: id, prompt: text };
      return VllmTokens.parse(await endpoint.ask("/tokenize", signal, body)).count;
    }
    case "llamacpp": {
      const body = { content: text, add_special: true };
      return LlamaTokens.parse(await endpoint.ask("/tokenize", signal, body)).tokens.length;
    }
    case "sglang":
    case "other":
      return estimateTokens(text);
    default:
      return dialect satisfies never;
  }
}
