import { callApi } from "./call-api.ts";
import { startApp, startBench, startStore } from "./processes.ts";
import { connectStore, keysOf, type StoreClient, seedConversation } from "./seed.ts";
import { figure, quantile, type Row } from "./table.ts";

const TIMES = 60;

async function timeOf(act: () => Promise<unknown>): Promise<number> {
  const took: number[] = [];
  for (let time = 0; time < TIMES; time += 1) {
    const began = performance.now();
    await act();
    took.push(performance.now() - began);
  }
  return quantile(took.slice(TIMES / 6), 0.5);
}

function pageRow(what: string, many: number, few: number, small: string): Row {
  return {
    budget: what,
    measured: `${figure(many)} ms`,
    base: `${figure(few)} ms ${small}`,
    ratio: figure(many / few),
    limit: "≤ 30 ms, flat",
    kept: many <= 30 && many / few <= 1.5,
  };
}

/** The first page of a long conversation and of a long list, against short ones. */
export async function measurePages(): Promise<Row[]> {
  const redis = await startStore();
  const env = { REDIS_OM_URL: redis.url, INFERENCE_SERVER_URL: "http://127.0.0.1:9", ROLE: "web" };
  const web = await startApp(env);
  const store = await connectStore(redis.url);
  try {
    const [short, long] = [
      await seedConversation(store, web.url, "reader", 100),
      await seedConversation(store, web.url, "reader", 10_000),
    ];
    const page = (id: string) => () =>
      callApi(web.url, "reader", "GET", `/api/conversations/${id}/messages?limit=50`);
    await timeOf(page(short));
    const [few, many] = [await timeOf(page(short)), await timeOf(page(long))];
    for (const [user, count] of [
      ["few", 50],
      ["many", 1_000],
    ] as const) {
      for (let from = 0; from < count; from += 50) {
        await Promise.all(
          Array.from({ length: 50 }, (_, at) =>
            callApi(web.url, user, "POST", "/api/conversations", { title: `number ${from + at}` }),
          ),
        );
      }
    }
    const list = (user: string) => () =>
      callApi(web.url, user, "GET", "/api/conversations?limit=50");
    const [fewListed, manyListed] = [await timeOf(list("few")), await timeOf(list("many"))];
    return [
      pageRow("First page of a 10,000-message conversation, p50", many, few, "of 100 messages"),
      pageRow("List of 1,000 conversations, p50", manyListed, fewListed, "of 50"),
    ];
  } finally {
    await store.disconnect().catch(() => undefined);
    await Promise.all([web.end(), redis.stop()]);
  }
}

async function usage(store: StoreClient, key: string): Promise<number> {
  return (await store.memoryUsage(key, { SAMPLES: 0 })) ?? 0;
}

/** What of Redis' memory the keys of one conversation take, without what passes. */
async function conversationBytes(store: StoreClient, id: string): Promise<number> {
  const { conversation, messages, events, sent } = keysOf(id);
  let sum = 0;
  for (const key of [conversation, messages, events, sent]) sum += await usage(store, key);
  return sum;
}

/** What a conversation, a turn and a generation cost in Redis, and what of it goes again. */
export async function measureMemory(): Promise<Row[]> {
  const redis = await startStore();
  const model = await startBench("fast-model.ts", [2_000, 100]);
  const app = await startApp({ REDIS_OM_URL: redis.url, INFERENCE_SERVER_URL: model.url });
  const store = await connectStore(redis.url);
  const user = "keeper";
  try {
    const { id } = (await callApi(app.url, user, "POST", "/api/conversations", {
      title: "bench",
    })) as { id: string };
    const idle = await conversationBytes(store, id);
    const turn = async (): Promise<string> => {
      const path = `/api/conversations/${id}/messages`;
      const content = { content: "tokens=50 and a question of a usual length, say this one." };
      const response = await fetch(app.url + path, {
        method: "POST",
        headers: {
          "X-Forwarded-User": user,
          "Content-Type": "application/json",
          Prefer: "wait=20",
        },
        body: JSON.stringify(content),
      });
      return ((await response.json()) as { generationId: string }).generationId;
    };
    const turns = 40;
    const generations: string[] = [];
    const before = await conversationBytes(store, id);
    for (let at = 0; at < turns; at += 1) generations.push(await turn());
    const each = ((await conversationBytes(store, id)) - before) / turns;
    const { generation, deltas } = keysOf(id);
    const last = generations.at(-1) ?? "";
    const stream = await usage(store, deltas + last);
    const record = await usage(store, generation + last);
    const [ttl, recordTtl] = [await store.ttl(deltas + last), await store.ttl(generation + last)];
    const told = { base: "", ratio: "", limit: "told" };
    return [
      { budget: "Redis: an idle conversation", measured: `${figure(idle)} bytes`, ...told },
      {
        budget: "Redis: a turn kept (question, answer of 350 characters, 4 events)",
        measured: `${figure(each)} bytes`,
        ...told,
      },
      {
        budget: "Redis: a generation (lease record + delta stream of 350 characters)",
        measured: `${figure(record)} + ${figure(stream)} bytes, gone ${Math.max(ttl, recordTtl)} s after the end`,
        ...told,
        limit: "expire within 3,600 s",
        kept: ttl > 0 && ttl <= 3_600 && recordTtl > 0 && recordTtl <= 3_600,
      },
    ];
  } finally {
    await store.disconnect().catch(() => undefined);
    await Promise.all([app.end(), model.end(), redis.stop()]);
  }
}
