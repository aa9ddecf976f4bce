import { expect, onTestFinished } from "vitest";
import { createModelServer } from "../model-server.ts";
import { answerTo, thoughtTo } from "./corpus.ts";
import type { Scenario, Scene } from "./lane.ts";

const midAnswer = { call: "append", nth: 2, when: "after" } as const;

const deltasKey = ({ setting, turn }: Scene) =>
  `${setting.store.keys.partition(0).deltas}${turn.generationId}`;

/** Entries of the answer's stream, once there are `count` at least. */
async function entries(scene: Scene, count: number): Promise<void> {
  const { client } = scene.setting.store.redis;
  await expect.poll(() => client.xLen(deltasKey(scene))).toBeGreaterThanOrEqual(count);
}

/** A model server that can go on with nothing: whoever takes over begins anew. */
export async function forgetfulModel(): Promise<string> {
  const model = await createModelServer({
    dialect: "openai",
    tokensPerSecond: 60,
    answer: ({ question }) => answerTo(question),
    reasoning: ({ question }) => thoughtTo(question),
  });
  onTestFinished(() => model.close());
  return model.url;
}

/** Every way through a worker: what is done only in some of them comes last. */
export function scenarios(forgetfulUrl: string): readonly Scenario[] {
  return [
    { name: "turn" },
    { name: "take-over", before: (scene) => scene.killAnother(midAnswer) },
    {
      name: "begin anew",
      settings: () => ({ modelUrl: forgetfulUrl }),
      before: (scene) => scene.killAnother(midAnswer),
    },
    {
      name: "lost writes",
      words: 300,
      async during(scene) {
        const { client } = scene.setting.store.redis;
        const key = deltasKey(scene);
        await entries(scene, 1);
        const buffers = client.commandOptions({ returnBuffers: true });
        const dump = await client.dump(buffers, key);
        // However late that was: what comes after it is lost.
        await entries(scene, (await client.xLen(key)) + 2);
        await client.restore(key, 0, dump as never, { REPLACE: true });
      },
    },
    {
      name: "hand-over",
      async during(scene, worker) {
        await entries(scene, 2);
        worker.signal("SIGTERM");
      },
    },
    {
      name: "half a submit",
      settings: () => ({ tidyMs: 50 }),
      async before({ setting, turn }) {
        const { queue } = setting.store.keys.partition(0);
        await setting.store.redis.client.zRem(queue, turn.generationId);
      },
    },
  ];
}
