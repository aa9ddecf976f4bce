import { Problem } from "../../../src/protocol/problem.ts";
import { problemWords } from "../i18n/problem-words.ts";
import { words } from "../i18n/words.ts";

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

/** How to ask; `keepalive` lets a request outlive the page. A body that is a `Blob` is JSON already. */
export interface RequestOptions {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly body?: unknown;
  readonly keepalive?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks this origin's API and returns the JSON, unparsed.
 * @throws ApiError with the problem's code; a redirect to a sign-in page is `unauthenticated`.
 */
export async function request(path: string, options: RequestOptions = {}): Promise<unknown> {
  const response = await ask(path, options);
  return response.json().catch(() => undefined);
}

/**
 * Asks this origin's API for a file, named as the server says.
 * @throws ApiError as `request` does.
 */
export async function download(path: string): Promise<File> {
  const response = await ask(path, {});
  const disposition = response.headers.get("content-disposition") ?? "";
  const [, encoded] = /filename\*=UTF-8''([^;]+)/i.exec(disposition) ?? [];
  const [, plain = "download"] = /filename="([^"]+)"/i.exec(disposition) ?? [];
  const blob = await response.blob();
  return new File([blob], encoded ? decodeURIComponent(encoded) : plain, { type: blob.type });
}

async function ask(path: string, options: RequestOptions): Promise<Response> {
  const { method = "GET", body, keepalive = false, signal = null } = options;
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      keepalive,
      signal,
      redirect: "manual",
      headers: body === undefined ? {} : { "content-type": "application/json" },
      ...(body === undefined ? {} : { body: body instanceof Blob ? body : JSON.stringify(body) }),
    });
  } catch (cause) {
    throw new ApiError("unavailable", words().problem.unavailable, undefined, cause);
  }
  if (response.type === "opaqueredirect" || response.status === 401) {
    throw new ApiError("unauthenticated", words().problem.unauthenticated);
  }
  if (response.ok) return response;
  const problem = Problem.safeParse(await response.json().catch(() => undefined)).data;
  if (problem) {
    throw new ApiError(problem.code, problemWords(problem.code, problem.detail), problem.requestId);
  }
  const code = response.status >= 500 || response.status === 429 ? "unavailable" : "invalid";
  throw new ApiError(code, words().problem[code]);
}
