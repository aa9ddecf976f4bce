import { install } from "./install.mjs";
import { runsHere } from "./own-redis.mjs";
import { buildPage } from "./page.mjs";
import { isFree, nextFree } from "./ports.mjs";
import { needRedis } from "./redis.mjs";
import { guard, Refusal, say } from "./say.mjs";
import { startServer } from "./server.mjs";
import { onStop } from "./signals.mjs";

const DEMO_MODELS = [
  { id: "demo", name: "Demo", engines: [{ type: "rules" }] },
  { id: "echo", name: "Echo", engines: [{ type: "echo" }] },
];

await guard(async () => {
  const stop = onStop();
  const ends = [];
  try {
    await start(stop, ends);
  } catch (error) {
    // Whoever stops a start that is still under way needs no explanation.
    if (!stop.signal.aborted) throw error;
    process.exitCode ??= 130;
  } finally {
    for (const end of ends.reverse()) await end();
    stop.dispose();
  }
});

/** Brings up all that the page needs, one after the other, and stays until it is stopped. */
async function start(stop, ends) {
  const { signal } = stop;
  const node = await install(signal);
  const port = await choosePort();
  const adminPort = await chooseAdminPort(port);

  const redis = await needRedis({ own: process.argv.includes("--own-redis"), port, signal });
  ends.push(redis.stop);
  const models = chooseModels();
  await buildPage(node, signal);
  signal.throwIfAborted();

  const server = startServer({
    node,
    port,
    adminPort,
    env: {
      ...process.env,
      ...models,
      AUTH_MODE: process.env.AUTH_MODE || "dev",
      REDIS_OM_URL: redis.url,
      PORT: String(port),
      ADMIN_PORT: String(adminPort),
    },
  });
  ends.push(() => server.stop(stop.again));
  const failed = Promise.race([server.ended, redis.lost.then(() => "Redis has ended.")]);
  const stopped = new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });

  const first = await Promise.race([failed, stopped, server.ready.then((url) => ({ url }))]);
  if (typeof first === "object") say(`\nOpen ${first.url} — Ctrl-C ends it.`);
  const sentence = typeof first === "object" ? await Promise.race([failed, stopped]) : first;
  if (sentence !== undefined) throw new Refusal(sentence);
  process.exitCode = 0;
  say("\nStopping …");
}

async function choosePort() {
  const port = Number(process.env.PORT || 8000);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new Refusal("PORT must be a number from 1 to 65535.");
  }
  if (await isFree(port, hosts())) return port;
  const next = `PORT=${await nextFree(port + 1, hosts())} npm start`;
  throw new Refusal(
    (await runsHere(port))
      ? `Chatbot already runs from this folder: http://localhost:${port}. Stop it with Ctrl-C where it runs, or start a second one beside it: ${next}`
      : `Port ${port} is taken by another program. Take another one: ${next}`,
  );
}

/** Nobody looks for the admin port of a first look: another one does as well. */
async function chooseAdminPort(taken) {
  const given = process.env.ADMIN_PORT;
  const port = Number(given || 9090);
  if (port !== taken && (await isFree(port))) return port;
  const next = await nextFree(Math.max(port, taken) + 1);
  if (given) {
    throw new Refusal(
      `ADMIN_PORT ${port} is taken. Take another one: ADMIN_PORT=${next} npm start`,
    );
  }
  say(`Port ${port} is taken: metrics and probes are on ${next}.`);
  return next;
}

/** Where the server will listen; the page is opened as localhost, which may be either of two. */
function hosts() {
  return process.env.HOST ? [process.env.HOST] : undefined;
}

function chooseModels() {
  const { INFERENCE_SERVER_URL, MODELS } = process.env;
  if (INFERENCE_SERVER_URL || MODELS) {
    say(
      `Answers come from ${MODELS ? "the models in MODELS" : "the model server that INFERENCE_SERVER_URL names"}.`,
    );
    return {};
  }
  say(
    "Answers come from the built-in demo engines. To connect a model server (TGI, vLLM, llama.cpp, …):",
  );
  say("  INFERENCE_SERVER_URL=http://localhost:8080 npm start");
  return { MODELS: JSON.stringify(DEMO_MODELS) };
}
