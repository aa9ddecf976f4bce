import { EventEmitter, once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { callApi } from "./call-api.ts";
import { startChromium, type Visit } from "./chromium.ts";
import { createFastModel } from "./fast-model.ts";
import { tokensOf } from "./long-answer.ts";
import { startApp, startStore } from "./processes.ts";

/** A stretch of an answer; what is not measured comes in big pieces, as after a lost connection. */
export interface Stretch {
  readonly text: string;
  readonly pieces: "tokens" | "big";
}

export interface Watching {
  readonly tokensPerSecond: number;
  /** So many times slower than this machine. */
  readonly throttle: number;
  readonly stretches: readonly Stretch[];
  /** A short answer came before, and what is loaded when first needed is here. */
  warm(visit: Visit): Promise<void>;
  /** The model begins with a stretch; `stretches.length` is two seconds after the end. */
  reached(stretch: number, visit: Visit): Promise<void>;
}

const BIG = /.{1,1500}/gs;
/** Long enough for some code, a table and a formula. */
const WARM_UP_TOKENS = 420;

/** Has an answer written and shown by a real page. */
export async function watchAnswer(watching: Watching): Promise<void> {
  const { tokensPerSecond, throttle, stretches } = watching;
  const pieces: string[] = [];
  const begins = new Map<number, number>();
  for (const [index, { text, pieces: kind }] of stretches.entries()) {
    begins.set(pieces.length, index);
    pieces.push(...(kind === "tokens" ? tokensOf(text) : (text.match(BIG) ?? [])));
  }
  const warmUp = tokensOf(stretches.map(({ text }) => text).join("")).slice(0, WARM_UP_TOKENS);
  const told = new EventEmitter();
  let answer = warmUp;
  const word = (index: number): string => {
    const begun = answer === pieces ? begins.get(index) : undefined;
    if (begun !== undefined) told.emit(String(begun));
    return answer[index] ?? "";
  };
  const model = await createFastModel({ tokensPerSecond, batch: 1, word });
  const redis = await startStore();
  const env = { AUTH_MODE: "dev", REDIS_OM_URL: redis.url, INFERENCE_SERVER_URL: model.url };
  const app = await startApp(env);
  const chromium = await startChromium();
  try {
    const fields = { title: "bench", parameters: { maxTokens: 131_072 } };
    const made = await callApi(app.url, "dev", "POST", "/api/conversations", fields);
    const path = `/api/conversations/${(made as { id: string }).id}`;
    const visit = await chromium.visit(app.url + path.replace("/api/conversations", "/c"));
    await visit.page.waitForLoadState("networkidle");
    await visit.throttle(throttle);
    const ask = () =>
      callApi(app.url, "dev", "POST", `${path}/messages`, { content: `tokens=${answer.length}` });
    const ended = async () => {
      // The page is not asked: to look is work that it is measured by.
      const generating = async () =>
        ((await callApi(app.url, "dev", "GET", path)) as { generating: boolean }).generating;
      while (await generating()) await sleep(200);
      await sleep(2_000);
    };
    await ask();
    await ended();
    await watching.warm(visit);
    answer = pieces;
    const reached = stretches.map((_, index) => once(told, String(index)));
    await ask();
    for (const [index, begun] of reached.entries()) {
      await begun;
      await watching.reached(index, visit);
    }
    await ended();
    await watching.reached(stretches.length, visit);
  } finally {
    await chromium.end();
    await Promise.all([app.end(), model.close()]);
    await redis.stop();
  }
}
