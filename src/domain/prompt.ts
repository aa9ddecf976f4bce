import {
  AIMessage,
  type BaseMessage,
  HumanMessage,
  mergeMessageRuns,
  SystemMessage,
  trimMessages,
} from "@langchain/core/messages";
import type { Parameters } from "../protocol/conversation.ts";
import type { Message } from "../protocol/message.ts";
import { ChatError } from "./errors.ts";
import type { ChatModel, GenerateRequest, PromptMessage } from "./ports/model.ts";

/** Tokens that a chat template spends on each message beside its text, estimated from above. */
const TEMPLATE_TOKENS = 8;
/** Tokens kept for the answer where nobody says how long it may be. */
const DEFAULT_ANSWER_TOKENS = 8_192;
/** The share of the context that an answer may claim before the question does. */
const MAX_ANSWER_SHARE = 0.5;

export interface PromptSource {
  readonly systemPrompt?: string | undefined;
  readonly parameters?: Parameters | undefined;
  /** From the question back to its root, newest first; read only as far as the budget reaches. */
  readonly ancestors: AsyncIterable<Message>;
}

/**
 * The prompt within the model's budget: the oldest turns leave first, the system prompt never. Sets
 * `maxTokens` to what is left for the answer.
 * @throws ChatError `invalid_prompt` when the question alone is longer than the model can read.
 */
export async function buildPrompt(
  { systemPrompt, parameters = {}, ancestors }: PromptSource,
  model: Pick<ChatModel, "limits" | "countTokens">,
  signal: AbortSignal,
): Promise<GenerateRequest> {
  const { contextTokens, inputTokens = contextTokens } = await model.limits(signal);
  const reserved = Math.max(
    1,
    Math.min(
      parameters.maxTokens ?? DEFAULT_ANSWER_TOKENS,
      Math.floor(contextTokens * MAX_ANSWER_SHARE),
    ),
  );
  const budget = Math.min(inputTokens, contextTokens - reserved);

  const counts = new Map<string, number>();
  async function count(text: string): Promise<number> {
    const known = counts.get(text);
    if (known !== undefined) return known;
    const tokens = TEMPLATE_TOKENS + (await model.countTokens(text, signal));
    counts.set(text, tokens);
    return tokens;
  }

  const messages: BaseMessage[] = [];
  let used = systemPrompt === undefined ? 0 : await count(systemPrompt);
  for await (const message of ancestors) {
    signal.throwIfAborted();
    // An answer that was stopped before its first character says nothing.
    if (message.content === "") continue;
    messages.unshift(toLangChain(message));
    used += await count(message.content);
    if (used > budget) break;
  }
  if (systemPrompt !== undefined) messages.unshift(new SystemMessage(systemPrompt));

  const kept = await trimMessages(messages, {
    maxTokens: budget,
    strategy: "last",
    includeSystem: true,
    startOn: "human",
    tokenCounter: (some) => some.reduce((sum, { text }) => sum + (counts.get(text) ?? 0), 0),
  });
  if (!kept.some((message) => HumanMessage.isInstance(message))) {
    throw new ChatError("invalid_prompt", "The question is longer than this model can read.");
  }
  const spent = kept.reduce((sum, { text }) => sum + (counts.get(text) ?? 0), 0);
  const left = Math.max(1, contextTokens - spent);
  return {
    // Chat templates want turns to alternate: two questions in a row become one message.
    messages: mergeMessageRuns(kept).map(toPromptMessage),
    parameters: {
      ...parameters,
      maxTokens: Math.min(parameters.maxTokens ?? DEFAULT_ANSWER_TOKENS, left),
    },
  };
}

function toLangChain({ role, content }: Message): BaseMessage {
  switch (role) {
    case "user":
      return new HumanMessage(content);
    case "assistant":
      return new AIMessage(content);
    case "system":
      return new SystemMessage(content);
    default:
      return role satisfies never;
  }
}

function toPromptMessage(message: BaseMessage): PromptMessage {
  const content = message.text;
  if (SystemMessage.isInstance(message)) return { role: "system", content };
  return { role: AIMessage.isInstance(message) ? "assistant" : "user", content };
}
