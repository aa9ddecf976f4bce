import type { FailureCode } from "../protocol/message.ts";
import type { Outcome } from "../protocol/outcome.ts";
import { ChatError } from "./errors.ts";

const FAILURES: Readonly<Record<string, { code: FailureCode; retryable: boolean } | undefined>> = {
  overloaded: { code: "overloaded", retryable: true },
  unavailable: { code: "unavailable", retryable: true },
  incomplete: { code: "incomplete", retryable: true },
  timeout: { code: "timeout", retryable: true },
  invalid_prompt: { code: "invalid_prompt", retryable: false },
};

/** A generation that failed that way; `retryable`: another try may help. */
export function failed(code: FailureCode, retryable: boolean): Pick<Outcome, "status" | "failure"> {
  return { status: "failed", failure: { code, retryable } };
}

/** How a generation fails with an error of its model; undefined for anything else. */
export function failureOf(error: unknown): Pick<Outcome, "status" | "failure"> | undefined {
  const failure = error instanceof ChatError ? FAILURES[error.code] : undefined;
  return failure && { status: "failed", failure };
}
