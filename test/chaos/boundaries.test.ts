import { expect, test } from "vitest";
import { bundleWorker } from "./fleet.ts";
import { type Lane, openLane, type Scenario } from "./lane.ts";
import { say } from "./random.ts";
import { forgetfulModel, scenarios } from "./scenarios.ts";
import type { Boundary } from "./watch-calls.ts";

/** Stores that are worked with at once. */
const LANES = 4;
/** How many calls of one name are boundaries of their own: the later ones are like the second. */
const OF_EACH = 2;

/** Every place before and after a call, of those made in the scenario. */
function boundaries(calls: readonly string[]): Boundary[] {
  return [...Map.groupBy(calls, (call) => call)].flatMap(([call, made]) =>
    made.slice(0, OF_EACH).flatMap((_, at) => [
      { call, nth: at + 1, when: "before" as const },
      { call, nth: at + 1, when: "after" as const },
    ]),
  );
}

test("a worker may die before and after each call it makes to the store", {
  timeout: 600_000,
}, async () => {
  const program = await bundleWorker();
  const forgetful = await forgetfulModel();
  const lanes = await Promise.all(Array.from({ length: LANES }, () => openLane(program)));
  async function inLanes<Work>(work: Work[], act: (lane: Lane, one: Work) => Promise<void>) {
    const each = async (lane: Lane) => {
      for (let one = work.shift(); one !== undefined; one = work.shift()) await act(lane, one);
    };
    await Promise.all(lanes.map(each));
  }

  const all = scenarios(forgetful);
  const recorded = new Map<Scenario, readonly string[]>();
  await inLanes([...all], async (lane, scenario) => {
    recorded.set(scenario, await lane.record(scenario));
  });
  // A turn and a take-over are cut everywhere, what else there is where they do not come.
  const known = new Set<string>();
  const planned = all.flatMap((scenario, at) => {
    const calls = recorded.get(scenario) ?? [];
    const fresh = at < 2 ? calls : calls.filter((call) => !known.has(call));
    for (const call of calls) known.add(call);
    return boundaries(fresh).map((boundary) => ({ scenario, boundary }));
  });
  const count = planned.length;
  await inLanes(planned, (lane, { scenario, boundary }) => lane.kill(scenario, boundary));

  const compared = await Promise.all(lanes.map((lane) => lane.agree()));
  const sum = (of: (lane: Lane) => number) => lanes.reduce((so, lane) => so + of(lane), 0);
  const missed = lanes.flatMap((lane) => lane.missed);
  say("boundaries", {
    boundaries: count,
    missed: missed.join(", ") || "none",
    calls: [...known].join(", "),
    kills: sum(({ counts }) => counts.kills),
    takeOvers: sum(({ counts }) => counts.takeOvers),
    fenced: sum(({ counts }) => counts.fenced),
    repaired: sum(({ counts }) => counts.healed),
    answers: compared.reduce((so, { answers }) => so + answers, 0),
    characters: compared.reduce((so, { characters }) => so + characters, 0),
    thought: compared.reduce((so, { thought }) => so + thought, 0),
  });
  // What no scenario came by is not shown to be safe.
  expect([...known]).toEqual(
    expect.arrayContaining([
      ...["claim", "hold start", "append", "append again", "renew", "finish", "hold refence"],
      ...["hold release", "tidy", "update", "read-conversation", "settle"],
    ]),
  );
  expect(missed.length).toBeLessThan(count / 10);
  expect(lanes.flatMap(({ counts }) => counts.errors)).toEqual([]);
});
