import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { startApp } from "../app-process.ts";
import { agree } from "./agree.ts";
import { agreeOnLists } from "./agree-lists.ts";
import { openAudience } from "./audience.ts";
import { rounds } from "./budget.ts";
import { chaos, say } from "./random.ts";
import { converse, createConversations, setUp } from "./set-up.ts";
import { tend } from "./tend.ts";
import { openViewer, type Viewer } from "./viewer.ts";

/** How many screens may join late: each is compared with all others at the end. */
const MOST_LATE = 4;

test.for(rounds("web"))(
  "$kills web processes killed under open sockets cost their clients nothing but a moment ($round)",
  { timeout: 600_000 },
  async ({ round, kills }) => {
    const name = `web ${round}`;
    const choice = chaos(name);
    const { store, env, startWeb } = await setUp({ tokensPerSecond: 25 });
    const webs = await Promise.all([startWeb(), startWeb(), startWeb()]);
    await startApp({ ...env, ROLE: "worker" });
    const [first] = webs;
    const ids = await createConversations(first?.url ?? "", 12);
    const anywhere = () => choice.pick(webs).url;
    const audience = openAudience([anywhere, anywhere, anywhere, anywhere], ids, anywhere);
    let killing = true;
    const go = () => killing;
    const [asking, slow] = [audience.viewers.slice(0, 3), audience.viewers[3]];
    const talks = converse(ids, asking, () => choice.between(40, 90), go);
    const tending = tend(anywhere, choice, go);
    const late: Viewer[] = [];
    for (let killed = 0; killed < kills; killed += 1) {
      const resume = slow?.pause();
      await sleep(choice.between(100, 700));
      const dead = choice.pick(webs);
      webs.splice(webs.indexOf(dead), 1);
      const [started] = await Promise.all([startWeb(), dead.end("SIGKILL")]);
      webs.push(started);
      resume?.();
      choice.pick(asking).drop();
      if (late.length === MOST_LATE) continue;
      // Joins in the middle of whatever is being said.
      const joiner = openViewer(`late ${killed}`, anywhere);
      for (const id of ids) joiner.watch(id);
      late.push(joiner);
    }
    killing = false;
    const [turns, tended] = await Promise.all([talks, tending]);
    const screens = [...audience.screens, ...late.map(({ screen }) => screen)];
    const all = [...turns, ...tended.turns];
    const compared = await agree({ store, url: anywhere(), screens, turns: all });
    await agreeOnLists(anywhere(), audience.sidebars, tended);
    say(name, { kills, ...audience.counts(), ...compared });
    expect([...audience.viewers, ...late].flatMap(({ refused }) => refused)).toEqual([]);
  },
);
