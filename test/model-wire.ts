import type { ModelServerOptions } from "./model-server.ts";

/** The servers that can be spoken for. */
export const DIALECTS = ["tgi", "vllm", "sglang", "llamacpp", "openai"] as const;
export type Dialect = (typeof DIALECTS)[number];

interface ChatMessage {
  readonly role: string;
  readonly content: string;
}

/** A request for an answer, as any of the routes means it. */
export interface Ask {
  /** The last user message. */
  readonly question: string;
  /** What of the answer stands already, and is to be gone on from. */
  readonly written: string;
  /** True for `/generate_stream`. */
  readonly raw: boolean;
  /** What the server calls wrong with it. */
  readonly refusal: string | undefined;
  readonly maxTokens: number;
  readonly stop: readonly string[];
  readonly wantsUsage: boolean;
  readonly promptTokens: number;
}

/** What is written at once. */
export interface Frame {
  readonly text: string;
  /** True where it brings one token of the answer. */
  readonly token: boolean;
}

/** The token that stands at the beginning of a prompt. */
export const BOS = "<s>";
const HEADER = "<|assistant|>\n";

/** Words with the space before them: put together they are the text again. */
export function tokenize(text: string): readonly string[] {
  return text.match(/\s*\S+|\s+$/gu) ?? [];
}

/** The prompt that the chat template makes of messages. */
function renderPrompt(messages: readonly ChatMessage[], promptEnd = ""): string {
  const turns = messages.map(({ role, content }) => `<|${role}|>\n${content}</s>\n`);
  return BOS + turns.join("") + HEADER + promptEnd;
}

/** TGI's way of continuing a chat: render all, cut behind the last place where the content stands. */
export function renderTgi(messages: readonly ChatMessage[], promptEnd = ""): string {
  const last = messages.at(-1);
  const prompt = renderPrompt(messages, promptEnd);
  if (last?.role !== "assistant") return prompt;
  const at = prompt.lastIndexOf(last.content);
  return prompt.slice(0, at + last.content.length).trimEnd();
}

/** What of a rendered prompt is the answer's beginning. */
function writtenIn(prompt: string): string {
  return prompt.slice(prompt.lastIndexOf(HEADER) + HEADER.length);
}

// biome-ignore lint/suspicious/noExplicitAny: a fake server reads whatever its tests send
export type Body = any;

function refusalOf(body: Body, prompt: number, options: ModelServerOptions): string | undefined {
  const { maxInputTokens = 1_000_000 } = options;
  const { top_p, repetition_penalty, stop = [] } = { ...body, ...body.parameters };
  if (top_p !== undefined && !(top_p > 0 && top_p < 1)) {
    return "Input validation error: `top_p` must be > 0.0 and < 1.0";
  }
  if (repetition_penalty !== undefined && repetition_penalty <= 0) {
    return "Input validation error: `repetition_penalty` must be strictly positive";
  }
  if (stop.length > 4) {
    return `Input validation error: \`stop\` supports up to 4 stop sequences. Given: ${stop.length}`;
  }
  if (prompt > maxInputTokens) {
    return `Input validation error: \`inputs\` must have less than ${maxInputTokens} tokens. Given: ${prompt}`;
  }
  return undefined;
}

/** A request on a generating route; undefined for any other route. */
export function readAsk(
  dialect: Dialect,
  path: string,
  body: Body,
  options: ModelServerOptions,
): Ask | undefined {
  if (path === "/generate_stream" && dialect === "tgi") {
    const { inputs, parameters = {} } = body;
    // TGI puts the first token there itself: a template's own makes it two.
    const prompt: string = BOS + inputs;
    const promptTokens = tokenize(prompt).length;
    return {
      question: prompt.match(/.*<\|user\|>\n(.*?)<\/s>\n/s)?.[1] ?? "",
      written: prompt.startsWith(BOS + BOS) ? "" : unopened(writtenIn(prompt), options),
      raw: true,
      refusal: refusalOf(body, promptTokens, options),
      maxTokens: parameters.max_new_tokens ?? 100,
      stop: parameters.stop ?? [],
      wantsUsage: parameters.details === true,
      promptTokens,
    };
  }
  if (path !== "/v1/chat/completions") return undefined;
  const messages: ChatMessage[] = body.messages;
  const last = messages.at(-1);
  const tgi = dialect === "tgi";
  const continues = last?.role === "assistant" && (tgi || body.continue_final_message === true);
  const prompt = tgi ? renderTgi(messages, options.promptEnd) : renderPrompt(messages);
  const promptTokens = tokenize(prompt).length;
  return {
    question: messages.findLast(({ role }) => role === "user")?.content ?? "",
    written: continues ? (tgi ? writtenIn(prompt) : last.content) : "",
    raw: false,
    refusal: tgi ? refusalOf(body, promptTokens, options) : undefined,
    maxTokens: body.max_completion_tokens ?? body.max_tokens ?? Number.POSITIVE_INFINITY,
    stop: body.stop ?? [],
    wantsUsage: body.stream_options?.include_usage === true,
    promptTokens,
  };
}

function unopened(written: string, { promptEnd = "" }: ModelServerOptions): string {
  return written.startsWith(promptEnd) ? written.slice(promptEnd.length) : written;
}

interface Cut {
  readonly tokens: readonly string[];
  readonly reason: "eos" | "length" | "stop";
}

/** The tokens that a server makes of an answer; TGI keeps a stop string, the others cut it off. */
function cutAnswer({ maxTokens, stop }: Ask, answer: string, keepsStop: boolean): Cut {
  const tokens: string[] = [];
  for (const token of tokenize(answer)) {
    if (tokens.length >= maxTokens) return { tokens, reason: "length" };
    tokens.push(token);
    const text = tokens.join("");
    const hit = stop.find((it) => (keepsStop ? text.endsWith(it) : text.includes(it)));
    if (hit === undefined) continue;
    if (!keepsStop) {
      const before = text.slice(0, text.indexOf(hit));
      tokens.splice(0, tokens.length, ...tokenize(before));
    }
    return { tokens, reason: "stop" };
  }
  return { tokens, reason: "eos" };
}

function data(value: unknown): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}

/** What `/generate_stream` writes. */
function rawFrames(ask: Ask, answer: string): readonly Frame[] {
  const { tokens, reason } = cutAnswer(ask, answer, true);
  const texts = reason === "eos" ? [...tokens, "</s>"] : tokens;
  const finish = { eos: "eos_token", length: "length", stop: "stop_sequence" }[reason];
  return texts.map((text, at) => {
    const special = reason === "eos" && at === tokens.length;
    const last = at === texts.length - 1;
    const details = {
      finish_reason: finish,
      generated_tokens: texts.length,
      input_length: ask.promptTokens,
      prefill: [],
      seed: null,
      tokens: [],
    };
    return {
      token: !special,
      text: data({
        index: at + 1,
        token: { id: special ? 2 : 100 + at, text, logprob: -0.1, special },
        generated_text: last ? tokens.join("") : null,
        details: last && ask.wantsUsage ? details : null,
      }),
    };
  });
}

/** What a model has to say. */
export interface WholeAnswer {
  readonly text: string;
  /** `""` where it does not think aloud. */
  readonly reasoning: string;
}

/** The frames of what of an answer is not written yet. */
export function answerFrames(dialect: Dialect, ask: Ask, whole: WholeAnswer): readonly Frame[] {
  const { text, reasoning } = whole;
  // TGI knows of no reasoning: what the model thinks is a part of its text.
  const inline = dialect === "tgi" && reasoning !== "";
  const answer = inline ? `<think>${reasoning}</think>${text}` : text;
  const rest = answer.startsWith(ask.written) ? answer.slice(ask.written.length) : answer;
  if (ask.raw) return rawFrames(ask, rest);
  return chatFrames(dialect, ask, rest, inline || ask.written !== "" ? "" : reasoning);
}

/** What the chat route writes; TGI never names `reasoning`. */
function chatFrames(dialect: Dialect, ask: Ask, answer: string, reasoning = ""): readonly Frame[] {
  const tgi = dialect === "tgi";
  const thoughts = tokenize(reasoning);
  const { tokens, reason } = cutAnswer(ask, answer, tgi);
  const head = {
    id: tgi ? "" : "chatcmpl-1",
    object: "chat.completion.chunk",
    created: 1_780_000_000,
    model: "model",
    ...(tgi && { system_fingerprint: "3.3.6-sha" }),
  };
  const chunk = (delta: unknown, finish_reason: string | null): string =>
    data({
      ...head,
      choices: [{ index: 0, delta, logprobs: null, finish_reason }],
      ...(tgi && { usage: null }),
    });
  const finish =
    tgi && reason === "stop" ? "stop_sequence" : reason === "length" ? "length" : "stop";
  const frames: Frame[] = [];
  if (!tgi) {
    const content = dialect === "llamacpp" ? null : "";
    frames.push({ text: chunk({ role: "assistant", content }, null), token: false });
  }
  for (const thought of thoughts) {
    const delta = { [dialect === "vllm" ? "reasoning" : "reasoning_content"]: thought };
    frames.push({ text: chunk(delta, null), token: true });
  }
  for (const [at, content] of tokens.entries()) {
    const last = tgi && at === tokens.length - 1 && reason !== "eos";
    const delta = tgi ? { role: "assistant", content } : { content };
    frames.push({ text: chunk(delta, last ? finish : null), token: true });
  }
  if (tgi && (reason === "eos" || tokens.length === 0)) {
    frames.push({ text: chunk({ role: "assistant", content: "" }, finish), token: false });
  }
  if (!tgi) frames.push({ text: chunk({}, finish), token: false });
  if (ask.wantsUsage) {
    const usage = {
      prompt_tokens: ask.promptTokens,
      completion_tokens: thoughts.length + tokens.length,
      total_tokens: ask.promptTokens + thoughts.length + tokens.length,
    };
    frames.push({ text: data({ ...head, choices: [], usage }), token: false });
  }
  frames.push({ text: "data: [DONE]\n\n", token: false });
  return frames;
}

/** An error event, behind which the stream ends. */
export function errorFrame(dialect: Dialect, { raw }: Ask, message: string): string {
  if (raw) {
    const type = [
      ["overloaded", "Model is overloaded"],
      ["validation", "Input validation error"],
      ["incomplete_generation", "Incomplete generation"],
    ].find(([, prefix]) => message.startsWith(prefix ?? ""));
    return data({ error: message, error_type: type?.[0] ?? "generation" });
  }
  if (dialect === "tgi") {
    return `${data({ error: { message, http_status_code: 422 } })}data: [DONE]\n\n`;
  }
  const error = { message, type: "InternalServerError", param: null, code: 500 };
  return `${data({ error })}${dialect === "vllm" ? "data: [DONE]\n\n" : ""}`;
}
