import { get, type IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { startApp, startStore } from "./processes.ts";
import { figure, type Row } from "./table.ts";

const KB = 1_000;
const LIMIT_KB = 60;

/** `fetch` unpacks by itself, and says nothing of what travelled. */
async function packed(url: URL): Promise<Buffer> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(url, { headers: { "accept-encoding": "gzip" } }, resolve).on("error", reject);
  });
  return await buffer(response);
}

/** The scripts that the page's head names: without them nobody can type. */
export async function measureFirstLoad(): Promise<Row> {
  const redis = await startStore();
  const env = { AUTH_MODE: "dev", REDIS_OM_URL: redis.url, ROLE: "web" };
  const app = await startApp({ ...env, INFERENCE_SERVER_URL: "http://127.0.0.1:9" });
  try {
    const page = await (await fetch(app.url)).text();
    const scripts = new Set(page.match(/\/[\w./-]+\.js(?=")/g));
    const bodies = await Promise.all([...scripts].map((path) => packed(new URL(path, app.url))));
    const size = bodies.reduce((sum, { length }) => sum + length, 0) / KB;
    const plain = bodies.reduce((sum, body) => sum + gunzipSync(body).length, 0) / KB;
    return {
      budget: "First load: JavaScript before one can type, gzip",
      measured: `${figure(size)} KB in ${scripts.size} files`,
      base: `${figure(plain)} KB unpacked`,
      ratio: "",
      limit: `≤ ${LIMIT_KB} KB`,
      kept: size <= LIMIT_KB,
    };
  } finally {
    await app.end();
    await redis.stop();
  }
}
