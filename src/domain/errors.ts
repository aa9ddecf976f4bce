import type { FailureCode } from "../protocol/message.ts";
import type { ErrorCode } from "../protocol/problem.ts";

/** What a caller can act on: the codes of the contract, for requests and for generations. */
export type ChatErrorCode = ErrorCode | FailureCode;

export interface ChatErrorOptions extends ErrorOptions {
  /** Milliseconds after which another try makes sense. */
  readonly retryAfterMs?: number;
}

/**
 * An error that a caller can act on. Its message is for people and holds no secret. Anything else
 * thrown is a bug.
 */
export class ChatError extends Error {
  override readonly name = "ChatError";
  readonly code: ChatErrorCode;
  readonly retryAfterMs: number | undefined;

  constructor(code: ChatErrorCode, message: string, options: ChatErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** The one answer for what does not exist and for what belongs to someone else. */
export function notFound(what = "conversation"): ChatError {
  return new ChatError("not_found", `There is no such ${what}.`);
}

/** The words of an `invalid` that `check` throws; `undefined` where it throws none. */
export function refusalOf(check: () => unknown): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof ChatError && error.code === "invalid") return error.message;
    throw error;
  }
}
