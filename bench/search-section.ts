import { callApi } from "./call-api.ts";
import { startApp, startStore } from "./processes.ts";
import { answer, createRandom, question, rankOf, wordOf } from "./prose.ts";
import { connectStore, keysOf, type StoreClient, seedConversation } from "./seed.ts";
import { figure, quantile, type Row } from "./table.ts";

const CONVERSATIONS = 1_000;
const MESSAGES = 50;
const AT_ONCE = 20;
/** Words that somebody types, letter by letter; each of them is some searches. */
const TYPED = 100;
const USER = "seeker";
const INDEXED_WITHIN_MS = 120_000;
const MOST_MS = 100;

/** What people ask for as they type: beginnings of words of every rarity, then a second word. */
function queries(): string[] {
  const random = createRandom(2);
  const all: string[] = [];
  for (let at = 0; at < TYPED; at += 1) {
    // Half of them as people write, half of them as people search: for what is rare.
    const rank = at % 2 === 0 ? rankOf(random) : Math.floor(random() * 30_000);
    const word = wordOf(rank);
    for (let length = 2; length <= word.length; length += 2) all.push(word.slice(0, length));
    all.push(word, `${word} ${wordOf(rankOf(random))}`, `${word}x`);
  }
  return all;
}

async function search(url: string, query: string): Promise<number> {
  const began = performance.now();
  await callApi(url, USER, "GET", `/api/search?q=${encodeURIComponent(query)}&limit=20`);
  return performance.now() - began;
}

async function seed(store: StoreClient, url: string): Promise<string[]> {
  const random = createRandom(1);
  const content = (position: number) => (position % 2 === 0 ? question(random) : answer(random));
  const ids: string[] = [];
  while (ids.length < CONVERSATIONS) {
    const some = Array.from({ length: AT_ONCE }, () => {
      const title = question(random).slice(0, 60);
      return seedConversation(store, url, USER, MESSAGES, { title, content });
    });
    ids.push(...(await Promise.all(some)));
  }
  return ids;
}

/** Filters are made after the first search that finds them missing. */
async function indexed(store: StoreClient, ids: readonly string[]): Promise<void> {
  const until = performance.now() + INDEXED_WITHIN_MS;
  const keys = ids.map((id) => keysOf(id).words);
  while ((await store.exists(keys)) < keys.length) {
    if (performance.now() > until) throw new Error("the filters were not made");
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** What a search costs somebody with many conversations. */
export async function measureSearch(): Promise<Row[]> {
  const redis = await startStore();
  const env = { REDIS_OM_URL: redis.url, INFERENCE_SERVER_URL: "http://127.0.0.1:9", ROLE: "web" };
  const web = await startApp(env);
  const store = await connectStore(redis.url);
  try {
    const ids = await seed(store, web.url);
    const first = await search(web.url, wordOf(20_000));
    await indexed(store, ids);
    const took: number[] = [];
    for (const query of queries()) took.push(await search(web.url, query));
    const [half, most] = [quantile(took, 0.5), quantile(took, 0.99)];
    const what = `Search in ${CONVERSATIONS.toLocaleString("en")} conversations of ${MESSAGES} messages`;
    return [
      {
        budget: `${what}, p99 of ${took.length} searches`,
        measured: `${figure(most)} ms`,
        base: `${figure(half)} ms p50, ${figure(Math.max(...took))} ms at most`,
        ratio: "",
        limit: `≤ ${MOST_MS} ms`,
        kept: most <= MOST_MS,
      },
      {
        budget: "The first search of all, before there are filters",
        measured: `${figure(first)} ms`,
        base: "",
        ratio: "",
        limit: "told",
      },
    ];
  } finally {
    await store.disconnect().catch(() => undefined);
    await Promise.all([web.end(), redis.stop()]);
  }
}
