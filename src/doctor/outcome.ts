import type { Deployment } from "./deployment.ts";

/** What came of a check. `detail` says what was seen, `advice` what to change. */
export type Outcome =
  | { readonly verdict: "held"; readonly detail: string }
  | { readonly verdict: "failed"; readonly detail: string; readonly advice: string }
  | { readonly verdict: "not checked"; readonly detail: string };

/** One thing that is tried on a deployment. */
export interface Check {
  /** Its name, for `--only` and for programs that read the report. */
  readonly id: string;
  /** What it does, as a sentence. */
  readonly what: string;
  /** Rejects where the deployment could not be asked; that is "not checked". */
  readonly run: (deployment: Deployment) => Promise<Outcome>;
}

/** A check with what came of it. */
export type Finding = Outcome & { readonly id: string; readonly what: string };

export const held = (detail: string): Outcome => ({ verdict: "held", detail });
export const failed = (detail: string, advice: string): Outcome => ({
  verdict: "failed",
  detail,
  advice,
});
export const notChecked = (detail: string): Outcome => ({ verdict: "not checked", detail });
