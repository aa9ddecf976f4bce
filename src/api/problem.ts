import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { ChatError } from "../domain/errors.ts";
import { IdentityRefused } from "../domain/identity.ts";
import { ErrorCode, type Problem } from "../protocol/problem.ts";
import type { ApiContext } from "./context.ts";

/** What each code is on HTTP, and in words. */
export const PROBLEMS: Readonly<
  Record<ErrorCode, { readonly status: ContentfulStatusCode; readonly title: string }>
> = {
  invalid: { status: 400, title: "The request is not valid" },
  unauthenticated: { status: 401, title: "Not signed in" },
  cross_origin: { status: 403, title: "The request comes from another site" },
  not_found: { status: 404, title: "There is no such thing" },
  too_large: { status: 413, title: "The request is too large" },
  unsupported_media_type: { status: 415, title: "The body must be JSON" },
  limited: { status: 429, title: "Too many requests" },
  unavailable: { status: 503, title: "Not available at the moment" },
  internal: { status: 500, title: "Something went wrong on our side" },
};

const DEFAULT_RETRY_MS = 1000;

/**
 * An error as its problem. What is no `ChatError` is a bug: `internal`, and of its message nothing
 * is told.
 */
export function problemOf(error: unknown, requestId: string): Problem {
  const { code, detail } = meaningOf(error);
  const { status, title } = PROBLEMS[code];
  const type = `/api/docs#problem-${code}`;
  return { type, title, status, ...(detail && { detail }), code, requestId };
}

/** What somebody may be trying something by: who looks for that in the log finds the reason. */
const SUSPICIOUS: ReadonlySet<ErrorCode> = new Set(["unauthenticated", "cross_origin", "limited"]);

/** Answers with the problem of `error`; a bug is logged with its stack, a refusal with its reason. */
export function answerProblem(error: unknown, c: ApiContext): Response {
  const problem = problemOf(error, c.get("requestId"));
  if (SUSPICIOUS.has(problem.code)) {
    const reason = error instanceof IdentityRefused ? error.reason : problem.code;
    c.get("log").info({ reason }, "request refused");
  }
  if (problem.code === "internal") c.get("log").error({ err: error }, "request failed");
  const { status } = PROBLEMS[problem.code];
  if (status === 429 || status === 503) {
    const retryMs =
      (error instanceof ChatError ? error.retryAfterMs : undefined) ?? DEFAULT_RETRY_MS;
    c.header("Retry-After", String(Math.max(1, Math.ceil(retryMs / 1000))));
  }
  return c.body(JSON.stringify(problem), status, { "Content-Type": "application/problem+json" });
}

function meaningOf(error: unknown): { readonly code: ErrorCode; readonly detail?: string } {
  if (error instanceof ChatError) {
    const code = ErrorCode.safeParse(error.code);
    if (code.success && code.data !== "internal") return { code: code.data, detail: error.message };
    // How a generation failed; where it comes as an answer to a request, the model is away.
    if (error.code === "overloaded" || error.code === "timeout") return { code: "unavailable" };
  }
  // Hono's own: a request it cannot make sense of.
  if (error instanceof HTTPException && error.status === 400) return { code: "invalid" };
  return { code: "internal" };
}
