import type { FailureCode } from "../../protocol/message.ts";
import type { AppendResult, Claim } from "./turn.ts";

/** One run of a generation by one worker, once it is over. */
export interface MeteredRun {
  readonly model: string;
  readonly engine: string;
  readonly outcome: "finished" | "stopped" | "failed" | "handed_over" | "lost";
  readonly failure?: FailureCode | undefined;
  /** Tokens that this run read and wrote; what an earlier one wrote is not among them. */
  readonly promptTokens: number;
  readonly tokens: number;
  /** From the claim to the first token, in ms; absent where none came. */
  readonly firstTokenMs?: number | undefined;
  /** From the claim to the end, in ms. */
  readonly totalMs: number;
}

/** What operators count of answers. Cheap, and never throws. */
export interface Meter {
  /** `waitedMs`: since it was asked for. */
  claimed(from: Claim["from"], waitedMs: number): void;
  /** Once a flush of text: the hot path. */
  appended(result: AppendResult["type"]): void;
  ran(run: MeteredRun): void;
  /** What a janitor completed. */
  tidied(what: "put_back" | "dropped" | "told", count: number): void;
}

/** Counts nothing. */
export const NO_METER: Meter = {
  claimed: () => undefined,
  appended: () => undefined,
  ran: () => undefined,
  tidied: () => undefined,
};
