import * as z from "zod/mini";
import { ChatError, notFound } from "../domain/errors.ts";
import { ConversationId, GenerationId, MessageId } from "../protocol/ids.ts";
import { ShareId } from "../protocol/share.ts";

/** Any schema of the protocol. */
export type Schema = z.ZodMiniType;

/** For operations without ids in their path. */
export const NO_PARAMS = z.object({});
/** For operations without query parameters; names that are not known are ignored. */
export const NO_QUERY = z.object({});
/** For operations that read no body. */
export const NO_BODY = z.undefined();

/** `/api/conversations/:id/…` */
export const ConversationParams = z.object({ id: ConversationId });
/** `/api/conversations/:id/generations/:gid/…` */
export const GenerationParams = z.object({ id: ConversationId, gid: GenerationId });

/** `/api/conversations/:id/messages/:mid/…` */
export const MessageParams = z.object({ id: ConversationId, mid: MessageId });
/** `/api/shares/:shareId` */
export const ShareParams = z.object({ shareId: ShareId });

/** What a path names by each of its ids. */
const NAMED: Readonly<Record<string, string>> = {
  gid: "generation",
  mid: "message",
  shareId: "share",
};

/** The longest page a client may ask for. */
export const MAX_LIMIT = 200;
/** Items of a page where the client does not say. */
export const DEFAULT_LIMIT = 50;

/** How many items a page has: digits, clamped to what is allowed. */
export const Limit = z.pipe(
  z.string().check(z.regex(/^-?\d{1,15}$/, { error: "Not a whole number" })),
  z.transform((digits) => Math.min(Math.max(Number(digits), 1), MAX_LIMIT)),
);

const words = z.locales.en().localeError;
const MAX_REASON_LENGTH = 300;

/**
 * What `schema` makes of `value`, which stands `at` that place of the whole. @throws ChatError
 * `invalid`, naming the field and what is wrong with it.
 */
export function parse<S extends Schema>(
  schema: S,
  value: unknown,
  at: readonly PropertyKey[] = [],
): z.output<S> {
  const result = z.safeParse(schema, value, { error: words });
  if (result.success) return result.data;
  const issues = result.error.issues.map((issue) => ({ ...issue, path: [...at, ...issue.path] }));
  throw new ChatError("invalid", reasonOf(issues));
}

/** The ids in a path. @throws ChatError `not_found`: what is no id names nothing. */
export function parseParams<S extends Schema>(schema: S, params: object): z.output<S> {
  const result = z.safeParse(schema, params);
  if (result.success) return result.data;
  const wrong = String(result.error.issues[0]?.path[0]);
  throw notFound(NAMED[wrong] ?? "conversation");
}

function reasonOf(issues: readonly z.core.$ZodIssue[]): string {
  const reason = issues
    .slice(0, 3)
    .map(({ path, message }) => (path.length > 0 ? `${path.join(".")}: ${message}` : message))
    .join("; ");
  // Unknown names are quoted, and a client may choose any.
  return reason.slice(0, MAX_REASON_LENGTH).toWellFormed();
}
