import type { ModelServerOptions } from "./model-server.ts";
import { BOS, type Body, type Dialect, renderTgi, tokenize } from "./model-wire.ts";

/** The answer of a route that generates nothing; undefined where the dialect has no such route. */
export function sideRoutes(
  dialect: Dialect,
  path: string,
  body: Body,
  options: ModelServerOptions,
): unknown {
  const { maxTotalTokens = 4_096, modelId = "test-org/test-model", promptEnd } = options;
  if (path === "/v1/models") return modelList(dialect, modelId, maxTotalTokens);
  if (dialect === "tgi") {
    if (path === "/health") return "";
    if (path === "/info") {
      return {
        model_id: modelId,
        model_sha: "0123456789abcdef0123456789abcdef01234567",
        model_pipeline_tag: "text-generation",
        max_concurrent_requests: options.maxConcurrent ?? 128,
        max_best_of: 2,
        max_stop_sequences: 4,
        max_input_tokens: options.maxInputTokens ?? maxTotalTokens - 1,
        max_total_tokens: maxTotalTokens,
        validation_workers: 2,
        max_client_batch_size: 4,
        router: "text-generation-router",
        version: "3.3.6",
        sha: "1cc861cb9bc08ba3f3cc1f4ef4a2d6d0d0d9d6a5",
        docker_label: "sha-1cc861c",
      };
    }
    if (path === "/tokenize") return tgiTokens(body.inputs);
    if (path === "/chat_tokenize") {
      const templated_text = renderTgi(body.messages, promptEnd);
      return { tokenize_response: tgiTokens(templated_text), templated_text };
    }
  }
  if (path === "/tokenize" && dialect === "vllm") {
    const count = tokenize(body.prompt).length + 1;
    return {
      count,
      max_model_len: maxTotalTokens,
      tokens: Array.from({ length: count }, (_, at) => at),
    };
  }
  if (path === "/tokenize" && dialect === "llamacpp") {
    return { tokens: tokenize(body.content).map((_, at) => at) };
  }
  if (path === "/props" && dialect === "llamacpp") {
    return { default_generation_settings: { n_ctx: maxTotalTokens }, total_slots: 4 };
  }
  return undefined;
}

function tgiTokens(inputs: string): readonly unknown[] {
  const added = { id: 1, text: BOS, start: 0, stop: 0 };
  const own = inputs.startsWith(BOS)
    ? [BOS, ...tokenize(inputs.slice(BOS.length))]
    : tokenize(inputs);
  let start = 0;
  const tokens = own.map((text, at) => {
    const stop = start + text.length;
    const token = { id: text === BOS ? 1 : 100 + at, text, start, stop };
    start = stop;
    return token;
  });
  return [added, ...tokens];
}

function modelList(dialect: Dialect, id: string, maxTokens: number): unknown {
  const owner = dialect === "tgi" ? id : dialect === "openai" ? "system" : dialect;
  const entry = { id, object: "model", created: 1_780_000_000, owned_by: owner };
  const bounds = dialect === "vllm" || dialect === "sglang" ? { max_model_len: maxTokens } : {};
  const meta = dialect === "llamacpp" ? { meta: { n_ctx_train: maxTokens * 2 } } : {};
  return { object: "list", data: [{ ...entry, ...bounds, ...meta }] };
}
