/** The run has asked as often, or for as long, as it may. */
export class BudgetSpent extends Error {
  override readonly name = "BudgetSpent";
}

/** How much a run may ask of a deployment. */
export interface Budget {
  /** Aborts when the time is over. */
  readonly signal: AbortSignal;
  /** Counts one request. @throws BudgetSpent when there were too many, or the time is over. */
  spend(): void;
}

/** Lets `requests` through within `ms`. */
export function createBudget(requests: number, ms: number): Budget {
  const signal = AbortSignal.timeout(ms);
  let left = requests;
  return {
    signal,
    spend() {
      if (signal.aborted) throw new BudgetSpent("the time of this run is over (--seconds)");
      if (left === 0) throw new BudgetSpent(`this run has made its ${requests} requests`);
      left -= 1;
    },
  };
}
