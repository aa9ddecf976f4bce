import { expect } from "vitest";
import { UserId } from "../../src/protocol/ids.ts";
import { agree } from "./agree.ts";
import { agreeOnLists } from "./agree-lists.ts";
import { openAudience } from "./audience.ts";
import { startFleet } from "./fleet.ts";
import { openHubViewer } from "./hub-viewer.ts";
import { chaos, say } from "./random.ts";
import { converse, createConversations, setUp } from "./set-up.ts";
import { tend } from "./tend.ts";

/** Workers, two web processes, viewers on each, and conversations that go on until `stop`. */
export async function talking(name: string, conversations: number) {
  const choice = chaos(name);
  const setting = await setUp({ persistent: true, tokensPerSecond: 20 });
  const { store, settings, startWeb } = setting;
  const [one, two] = await Promise.all([startWeb(), startWeb()]);
  const fleet = await startFleet(settings, 3);
  const ids = await createConversations(one.url, conversations);
  const audience = openAudience([() => one.url, () => two.url], ids);
  const { viewers } = audience;
  const pod = openHubViewer("pod", store);
  for (const id of ids) await pod.watch(UserId.parse("alice"), id);
  let going = true;
  const go = () => going;
  const talks = converse(ids, viewers, () => choice.between(20, 60), go);
  const tending = tend(() => choice.pick([one, two]).url, choice, go);
  return {
    ...setting,
    choice,
    fleet,
    async finish(mayLose = false) {
      going = false;
      const [turns, tended] = await Promise.all([talks, tending]);
      const screens = [...audience.screens, pod.screen];
      // What the store lost of them nobody can tell.
      const all = mayLose ? turns : [...turns, ...tended.turns];
      const compared = await agree({ store, url: two.url, screens, turns: all, mayLose });
      await agreeOnLists(one.url, audience.sidebars, tended, mayLose);
      const { errors, ...counts } = fleet.counts;
      say(name, { ...counts, repairs: pod.repairs(), ...audience.counts(), ...compared });
      expect(errors).toEqual([]);
      expect(viewers.flatMap(({ refused }) => refused)).toEqual([]);
    },
  };
}
