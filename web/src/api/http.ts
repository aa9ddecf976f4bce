import { Problem } from "../../../src/protocol/problem.ts";

/** A request the server refused, or that never reached it (`unavailable`, without a request id). */
export class ApiError extends Error {
  readonly code: Problem["code"];
  readonly requestId: string | undefined;

  constructor(code: Problem["code"], message: string, requestId?: string, cause?: unknown) {
    super(message, { cause });
    this.name = "ApiError";
    this.code = code;
    this.requestId = requestId;
  }
}

/** How to ask; `keepalive` lets a request outlive the page. */
export interface RequestOptions {
  readonly method?: "GET" | "POST" | "PATCH" | "DELETE";
  readonly body?: unknown;
  readonly keepalive?: boolean;
}

/**
 * Asks this origin's API and returns the JSON, unparsed.
 * @throws ApiError with the problem's code; a redirect to a sign-in page is `unauthenticated`.
 */
export async function request(path: string, options: RequestOptions = {}): Promise<unknown> {
  const { method = "GET", body, keepalive = false } = options;
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      keepalive,
      redirect: "manual",
      headers: body === undefined ? {} : { "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch (cause) {
    throw new ApiError("unavailable", "The server cannot be reached.", undefined, cause);
  }
  if (response.type === "opaqueredirect" || response.status === 401) {
    throw new ApiError("unauthenticated", "You are signed out.");
  }
  const json: unknown = await response.json().catch(() => undefined);
  if (response.ok) return json;
  const problem = Problem.safeParse(json).data;
  if (problem) {
    throw new ApiError(problem.code, problem.detail ?? problem.title, problem.requestId);
  }
  const code = response.status >= 500 || response.status === 429 ? "unavailable" : "invalid";
  throw new ApiError(code, `The server answered ${response.status}.`);
}
