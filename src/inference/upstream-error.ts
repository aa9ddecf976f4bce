import * as z from "zod/mini";
import { ChatError, type ChatErrorOptions } from "../domain/errors.ts";
import type { FailureCode } from "../protocol/message.ts";

export interface UpstreamErrorOptions extends ChatErrorOptions {
  /** True where asking this server again cannot help: a wrong key, a model it does not have. */
  readonly permanent?: boolean;
  /** The HTTP status, where there was one. */
  readonly status?: number;
}

/** What a model server did instead of answering. Its message holds no URL, key or prompt. */
export class UpstreamError extends ChatError {
  readonly permanent: boolean;
  readonly status: number | undefined;

  constructor(code: FailureCode, message: string, options: UpstreamErrorOptions = {}) {
    super(code, message, options);
    this.permanent = options.permanent ?? false;
    this.status = options.status;
  }
}

const MESSAGES = {
  overloaded: "The model server is overloaded.",
  unavailable: "The model server does not answer.",
  incomplete: "The model server broke off its answer.",
  timeout: "The model server fell silent.",
  invalid_prompt: "The model server refused the prompt.",
  poison: "This answer failed too often.",
} satisfies Record<FailureCode, string>;

/** An error with the words for its code. */
export function failure(code: FailureCode, options: UpstreamErrorOptions = {}): UpstreamError {
  return new UpstreamError(code, MESSAGES[code], options);
}

/** TGI says 422 to everything in a chat stream: only the message's beginning tells what it was. */
const PREFIXES: readonly (readonly [RegExp, FailureCode])[] = [
  [/^model is overloaded/i, "overloaded"],
  [/^(input validation|template|tool) error/i, "invalid_prompt"],
  [/^missing template variable/i, "invalid_prompt"],
  [/^request failed during generation/i, "unavailable"],
  [/^incomplete generation/i, "incomplete"],
];

/** TGI's `error_type`, where it sends one. */
const TYPES: ReadonlyMap<string, FailureCode> = new Map([
  ["overloaded", "overloaded"],
  ["validation", "invalid_prompt"],
  ["template_error", "invalid_prompt"],
  ["missing_template_variable", "invalid_prompt"],
  ["tool_error", "invalid_prompt"],
  ["generation", "unavailable"],
  ["incomplete_generation", "incomplete"],
]);

const ErrorDetail = z.object({
  message: z.optional(z.nullable(z.string())),
  code: z.optional(z.unknown()),
});
const ErrorBody = z.object({
  error: z.optional(z.unknown()),
  error_type: z.optional(z.nullable(z.string())),
  message: z.optional(z.nullable(z.string())),
  detail: z.optional(z.unknown()),
});

interface Complaint {
  readonly message: string;
  readonly type: string;
  /** An HTTP status that the body names, where that means something. */
  readonly status: number | undefined;
}

function readComplaint(body: unknown): Complaint {
  if (typeof body === "string") return { message: body, type: "", status: undefined };
  const read = ErrorBody.safeParse(body);
  if (!read.success) return { message: "", type: "", status: undefined };
  const { error, error_type, message, detail } = read.data;
  const inner = ErrorDetail.safeParse(error);
  const said = [inner.data?.message, error, message, detail].find((it) => typeof it === "string");
  // `http_status_code` is left out on purpose: TGI sets it to 422 whatever happened.
  const status = Number(inner.data?.code);
  return {
    message: typeof said === "string" ? said : "",
    type: error_type ?? "",
    status: Number.isInteger(status) ? status : undefined,
  };
}

function codeOf(status: number): FailureCode {
  if ([408, 425, 429, 529].includes(status)) return "overloaded";
  return [400, 413, 422].includes(status) ? "invalid_prompt" : "unavailable";
}

/**
 * The error that a server's words mean: what it calls the matter first, its status after that.
 * @param body A parsed JSON body or event, or plain text.
 * @param status The HTTP status; absent in mid-stream, where it was 200 whatever happens.
 */
export function readRefusal(
  body: unknown,
  status?: number,
  options: UpstreamErrorOptions = {},
): UpstreamError {
  const said = readComplaint(body);
  const named = PREFIXES.find(([prefix]) => prefix.test(said.message))?.[1] ?? TYPES.get(said.type);
  const number = status ?? said.status;
  const code = named ?? (number === undefined ? "unavailable" : codeOf(number));
  const permanent =
    code === "unavailable" &&
    number !== undefined &&
    number >= 401 &&
    number < 500 &&
    number !== 424;
  const words = code === "invalid_prompt" ? quote(said.message) : "";
  return new UpstreamError(code, MESSAGES[code] + words, {
    ...options,
    permanent,
    ...(status !== undefined && { status }),
  });
}

/** What the server said of the prompt helps whoever wrote it; of all else it is none of their business. */
function quote(message: string): string {
  return message === "" ? "" : ` It said: ${message.slice(0, 300).toWellFormed()}`;
}

/** Milliseconds that a `Retry-After` header asks for; absent or unreadable gives undefined. */
export function readRetryAfter(value: string | null): number | undefined {
  if (value === null) return undefined;
  const ms = /^\d+(\.\d+)?$/.test(value.trim())
    ? Number(value) * 1_000
    : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}
