import type { ChatErrorCode } from "../domain/errors.ts";
import type { EngineState } from "./engine.ts";

/** What a breaker lets through: all, nothing, or one request that decides. */
export type BreakerState = "closed" | "open" | "half_open";

/** One engine of a model, as operators see it. */
export interface EngineHealth {
  readonly model: string;
  readonly engine: string;
  /** Its address without credentials; `echo` and `rules` have none but their name. */
  readonly server: string;
  readonly status: EngineState["status"];
  readonly breaker: BreakerState;
}

/** Sees what asking the model servers takes. Cheap, and never throws. */
export interface UpstreamWatch {
  /** One request to one engine has ended; `ok` also where nobody wanted the rest. */
  attempted(model: string, engine: string, result: "ok" | ChatErrorCode): void;
  /** What was cut off in mid-answer goes on from its text. */
  continued(model: string): void;
  breaker(server: string, to: BreakerState): void;
}

/** Nobody looks. */
export const UNSEEN_UPSTREAM: UpstreamWatch = {
  attempted: () => undefined,
  continued: () => undefined,
  breaker: () => undefined,
};
