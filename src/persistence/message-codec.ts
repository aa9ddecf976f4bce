import { AIMessage, type BaseMessage, HumanMessage, SystemMessage } from "@langchain/core/messages";
import * as z from "zod/mini";
import {
  Feedback,
  type Message,
  MessageMetadata,
  MessageStatus,
  Message as WireMessage,
} from "../protocol/message.ts";

/**
 * A message as LangChain's `RedisChatMessageHistory` stores it, so that any LangChain program reads
 * it. Our fields stand where LangChain keeps extras: the place in the tree in `additional_kwargs`, how
 * the answer came to be in `response_metadata`.
 */
export function encodeMessage(message: Message): string {
  return JSON.stringify(toLangChain(message).toDict());
}

/**
 * The two halves of an encoded message whose `parentId` is not known yet: a script puts the JSON of
 * the id, or `null`, between them.
 */
export function encodeWithoutParent(message: Omit<Message, "parentId">): [string, string] {
  return splitAtParent(message, (complete) => encodeMessage(complete));
}

/** As `encodeWithoutParent`, for any JSON that holds a message once. */
export function splitAtParent(
  message: Omit<Message, "parentId">,
  encode: (message: Message) => string,
): [string, string] {
  const placeholder = WireMessage.shape.id.parse(crypto.randomUUID());
  const [head = "", tail = ""] = encode({ ...message, parentId: placeholder }).split(
    JSON.stringify(placeholder),
  );
  return [head, tail];
}

const StoredMessage = z.object({
  type: z.enum(["human", "ai", "system"]),
  data: z.object({
    id: WireMessage.shape.id,
    content: z.string(),
    additional_kwargs: z.object({
      parentId: WireMessage.shape.parentId,
      createdAt: z.string(),
      reasoning_content: z.optional(z.string()),
    }),
    response_metadata: z.extend(MessageMetadata, {
      status: z.optional(MessageStatus),
      feedback: z.optional(Feedback),
    }),
  }),
});

const ROLES = { human: "user", ai: "assistant", system: "system" } as const;

/** The message in a stored item; `undefined` for what another program put there without our fields. */
export function decodeMessage(stored: string): Message | undefined {
  let json: unknown;
  try {
    json = JSON.parse(stored);
  } catch {
    return undefined;
  }
  const parsed = StoredMessage.safeParse(json);
  return parsed.success ? fromStored(parsed.data) : undefined;
}

const AnyStoredMessage = z.looseObject({
  data: z.looseObject({ response_metadata: z.looseObject({}) }),
});

/** A stored item with other feedback, or without; all else of it stays as it is. */
export function withFeedback(stored: string, feedback: Feedback | undefined): string {
  const { data, ...item } = AnyStoredMessage.parse(JSON.parse(stored));
  const { feedback: _, ...metadata } = data.response_metadata;
  return JSON.stringify({
    ...item,
    data: { ...data, response_metadata: { ...metadata, ...(feedback && { feedback }) } },
  });
}

/** The same for a message that LangChain itself has read. */
export function fromLangChain(message: BaseMessage): Message | undefined {
  const parsed = StoredMessage.safeParse(message.toDict());
  return parsed.success ? fromStored(parsed.data) : undefined;
}

function fromStored({ type, data }: z.infer<typeof StoredMessage>): Message {
  const { status = "done", feedback, ...metadata } = data.response_metadata;
  const { parentId, createdAt, reasoning_content: reasoning } = data.additional_kwargs;
  return {
    id: data.id,
    parentId,
    role: ROLES[type],
    content: data.content,
    ...(reasoning ? { reasoning } : {}),
    createdAt,
    status,
    metadata,
    ...(feedback && { feedback }),
  };
}

function toLangChain(message: Message): BaseMessage {
  const fields = {
    id: message.id,
    content: message.content,
    additional_kwargs: {
      parentId: message.parentId,
      createdAt: message.createdAt,
      ...(message.reasoning ? { reasoning_content: message.reasoning } : {}),
    },
  };
  switch (message.role) {
    case "user":
      return new HumanMessage(fields);
    case "system":
      return new SystemMessage(fields);
    case "assistant":
      return new AIMessage({
        ...fields,
        response_metadata: {
          ...message.metadata,
          status: message.status,
          ...(message.feedback && { feedback: message.feedback }),
        },
      });
    default:
      return message.role satisfies never;
  }
}
