import { expect, test } from "vitest";
import { agree } from "./agree.ts";
import { question } from "./corpus.ts";
import { bundleWorker, newCounts, spawnWorker } from "./fleet.ts";
import { say } from "./random.ts";
import { createConversations, setUp } from "./set-up.ts";
import type { Turn } from "./turn.ts";
import { openViewer } from "./viewer.ts";
import type { WorkerNews } from "./worker-process.ts";

/** Each call of a script in a turn's way through a worker. */
const CALLS = [
  ["claim", 1],
  ["start", 1],
  ["append", 1],
  ["append", 2],
  ["append", 5],
  ["renew", 1],
  ["finish", 1],
  ["read-conversation", 1],
  ["update", 1],
  ["release", 1],
] as const;

test("a worker may die before and after each of its calls", { timeout: 120_000 }, async () => {
  const { store, settings, startWeb } = await setUp({ tokensPerSecond: 60, leaseMs: 400 });
  const web = await startWeb();
  const program = await bundleWorker();
  const counts = newCounts();
  const onNews = (news: WorkerNews) => {
    if (news.type === "claimed" && news.takeOver) counts.takeOvers += 1;
    if (news.type === "error") counts.errors.push(news.words);
  };
  const viewer = openViewer("viewer", () => web.url);
  const other = spawnWorker(program, settings, onNews);
  await other.ready;
  other.begin();
  const turns: Turn[] = [];
  for (const [script, call] of CALLS) {
    for (const when of ["before", "after"] as const) {
      // A claim that found nothing is none: it is counted once it has found one.
      if (script === "claim" && when === "before") continue;
      const mortal = spawnWorker(
        program,
        { ...settings, boundary: { script, call, when } },
        onNews,
      );
      const [[id = ""]] = await Promise.all([createConversations(web.url, 1), mortal.ready]);
      viewer.watch(id);
      other.signal("SIGSTOP");
      mortal.begin();
      const turn = await viewer.ask(id, question(30));
      turns.push(turn);
      if (script === "release") {
        const key = `${store.keys.partition(0).deltas}${turn.generationId}`;
        await expect.poll(() => store.redis.client.exists(key)).toBe(1);
        mortal.signal("SIGTERM");
      }
      expect(await mortal.exited, `${when} ${script} ${call}`).toBe("SIGKILL");
      counts.kills += 1;
      other.signal("SIGCONT");
      await viewer.ended(turn);
    }
  }
  const compared = await agree({ store, url: web.url, screens: [viewer.screen], turns });
  const { errors, ...rest } = counts;
  say("boundaries", { ...rest, ...compared });
  expect(errors).toEqual([]);
});
