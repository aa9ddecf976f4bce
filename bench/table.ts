/** One budget and what became of it. */
export interface Row {
  readonly budget: string;
  readonly measured: string;
  /** What it is held against, measured in the same run. */
  readonly base: string;
  /** Measured by base, or the measured value itself where the budget is no ratio. */
  readonly ratio: string;
  readonly limit: string;
  /** Undefined where there is no budget: the figure is told. */
  readonly kept?: boolean;
}

/** A figure as people read it: three digits at most. */
export function figure(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString("en");
  return value.toFixed(value >= 10 ? 1 : 2);
}

export function markdownTable(rows: readonly Row[]): string {
  const lines = rows.map(
    ({ budget, measured, base, ratio, limit, kept }) =>
      `| ${budget} | ${measured} | ${base} | ${ratio} | ${limit} | ${kept === undefined ? "" : kept ? "kept" : "**missed**"} |`,
  );
  return ["| | measured | base | ratio | budget | |", "|---|---|---|---|---|---|", ...lines].join(
    "\n",
  );
}

/** The same for a terminal. */
export function plainTable(rows: readonly Row[]): string {
  return rows
    .map(({ budget, measured, base, ratio, limit, kept }) => {
      const verdict = kept === undefined ? "" : kept ? "  kept" : "  MISSED";
      const parts = [measured, base && `base ${base}`, ratio && `ratio ${ratio}`, limit];
      return `${budget}\n    ${parts.filter(Boolean).join(" · ")}${verdict}`;
    })
    .join("\n");
}

/** A share of sorted values, 0.5 being the median. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
}
