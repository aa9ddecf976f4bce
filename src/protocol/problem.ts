import * as z from "zod/mini";

/** What a caller can act on. */
export const ErrorCode = z.enum([
  "invalid",
  "unauthenticated",
  "cross_origin",
  "not_found",
  "too_large",
  "unsupported_media_type",
  "limited",
  "unavailable",
  "internal",
]);
export type ErrorCode = z.infer<typeof ErrorCode>;

/** An RFC 9457 problem. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.optional(z.string()),
  code: ErrorCode,
  requestId: z.string(),
});
export type Problem = z.infer<typeof Problem>;
