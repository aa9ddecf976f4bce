import { setTimeout as sleep } from "node:timers/promises";
import { rssBytes, startApp, startBench, startStore } from "./processes.ts";
import { figure, type Row } from "./table.ts";

const SOCKETS = 5_000;
/** Until V8 has found out that nothing happens, and given back what the opening left behind. */
const SETTLE_MS = 25_000;

/** What an idle socket holds in memory, with nothing subscribed and with a conversation of its own. */
export async function measureSockets(): Promise<Row[]> {
  const redis = await startStore();
  const env = { REDIS_OM_URL: redis.url, INFERENCE_SERVER_URL: "http://127.0.0.1:9" };
  const rows: Row[] = [];
  for (const [what, subscribe] of [
    ["with no conversation open", ""],
    ["with a conversation of its own open", "subscribe"],
  ] as const) {
    const web = await startApp({ ...env, ROLE: "web" });
    const crowd = await startBench("crowd.ts", [], false);
    try {
      // The first ones bring in what all of them share.
      await crowd.ask({ url: web.url, count: 200, subscribe: subscribe !== "" });
      await sleep(SETTLE_MS);
      const before = rssBytes(web.pid);
      await crowd.ask({ url: web.url, count: SOCKETS, subscribe: subscribe !== "" });
      await sleep(SETTLE_MS);
      const each = (rssBytes(web.pid) - before) / SOCKETS / 1_024;
      rows.push({
        budget: `Idle socket ${what}, ${SOCKETS.toLocaleString("en")} of them`,
        measured: `${figure(each)} KiB of RSS each`,
        base: `${figure(before / 2 ** 20)} MiB before them`,
        ratio: "",
        limit: subscribe === "" ? "≤ 15 KB" : "told",
        ...(subscribe === "" && { kept: each * 1.024 <= 15 }),
      });
    } finally {
      await Promise.all([crowd.end(), web.end()]);
    }
  }
  await redis.stop();
  return rows;
}

/** What sending one delta to each of 1,000 watchers costs, against `ws.send` and nothing else. */
export async function measureWatchers(): Promise<Row[]> {
  const watchers = await startBench("watchers.ts");
  const crowd = await startBench("crowd.ts", [], false);
  try {
    await crowd.ask({ url: watchers.url, count: 1_000, plain: true });
    await watchers.ask("warm");
    const { bareUs, oursUs } = await watchers.ask<{ bareUs: number; oursUs: number }>("measure");
    return [
      {
        budget: "1,000 watchers of one conversation, per watcher and frame",
        measured: `${figure(oursUs)} µs, serialised once`,
        base: `${figure(bareUs)} µs bare \`ws.send\``,
        ratio: figure(oursUs / bareUs),
        limit: "≤ 2 ×",
        kept: oursUs <= 2 * bareUs,
      },
    ];
  } finally {
    await Promise.all([crowd.end(), watchers.end()]);
  }
}
