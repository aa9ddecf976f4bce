/**
 * How many processes the whole suite kills: `CHAOS`, by default what fits into a few minutes. What is
 * not killed at boundaries and with the store is killed at random moments. On two cores 1,000 kills
 * take about twelve minutes, and 10,000 two hours.
 */
const TOTAL = Number(process.env.CHAOS ?? 400);
/** About what is killed at boundaries and with the store, however many are asked for. */
const ELSEWHERE = 175;
/** Of those killed at random moments: each of these takes a second to start. */
const WEB_SHARE = 0.08;
/** Kills after which a test begins anew, with empty stores: nothing grows with `CHAOS`. */
const MOST_AT_ONCE = { worker: 120, web: 20 };

/** One test's share of the kills. */
export interface Round {
  readonly round: number;
  readonly kills: number;
}

/** The rounds in which processes of that kind are killed, two at least. */
export function rounds(kind: "worker" | "web"): readonly Round[] {
  const random = Math.max(20, TOTAL - ELSEWHERE);
  const share = kind === "web" ? WEB_SHARE : 1 - WEB_SHARE;
  const kills = Math.round(random * share);
  const count = Math.max(2, Math.ceil(kills / MOST_AT_ONCE[kind]));
  return Array.from({ length: count }, (_, at) => ({
    round: at + 1,
    kills: Math.floor((kills * (at + 1)) / count) - Math.floor((kills * at) / count),
  }));
}
