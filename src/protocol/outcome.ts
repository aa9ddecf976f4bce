import * as z from "zod/mini";
import { FailureCode, Timing, Usage } from "./message.ts";

/** How a generation ended, as the end marker of its delta stream keeps it. */
export const Outcome = z.object({
  status: z.enum(["done", "stopped", "failed"]),
  engine: z.string(),
  model: z.string(),
  finishReason: z.optional(z.string()),
  failure: z.optional(z.object({ code: FailureCode, retryable: z.boolean() })),
  usage: Usage,
  timing: Timing,
  /** How often another worker or server took over in mid-answer. */
  continued: z.int(),
});
export type Outcome = z.infer<typeof Outcome>;
