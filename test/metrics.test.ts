import { readFileSync } from "node:fs";
import { expect, test, vi } from "vitest";
import { ask, call, connect, createConversation } from "./chat-client.ts";
import { LONG, setUpObserved, takenOver } from "./observed.ts";

/** Each starts several processes, on a machine that may be busy. */
vi.setConfig({ testTimeout: 60_000 });

async function metricsOf(adminUrl: string): Promise<string> {
  return await (await fetch(`${adminUrl}/metrics`)).text();
}

/** The value of the series that begins with `series`, summed over the labels that it does not name. */
function figure(metrics: string, series: string): number | undefined {
  const name = series.replace(/\{.*/, "");
  const labels = [...series.matchAll(/\w+="[^"]*"/g)].map(([label]) => label);
  const values = metrics.split("\n").flatMap((line) => {
    const [, lineName, lineLabels = "", value] = /^(\w+)(\{.*\})? (\S+)$/.exec(line) ?? [];
    const fits = lineName === name && labels.every((label) => lineLabels.includes(label));
    return fits ? [Number(value)] : [];
  });
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0);
}

test("docs/metrics.md lists every figure of the app, with its kind, and no other", async () => {
  const { start } = await setUpObserved();
  const app = await start();
  // Some have no series before their first use: HELP and TYPE stand all the same.
  const shown = async () =>
    [...(await metricsOf(app.adminUrl)).matchAll(/^# TYPE (chatbot_\w+) (\w+)$/gm)].map(
      ([, name = "", kind]) => [name, kind],
    );
  const document = readFileSync(new URL("../docs/metrics.md", import.meta.url), "utf8");
  const listed = [...document.matchAll(/^\| `(chatbot_\w+)` \| (\w+) \|/gm)].map(
    ([, name = "", kind]) => [name, kind],
  );
  await expect
    .poll(async () => Object.fromEntries(await shown()))
    .toEqual(Object.fromEntries(listed));
});

test("a turn is counted from the socket to its last token, without who asked or where", async () => {
  const { start } = await setUpObserved();
  const app = await start();
  const { id } = await createConversation(app.url);
  const client = await connect(app.url);
  client.send({ type: "subscribe", conversationId: id });
  const { generationId } = await ask(client, id, "Why?");
  await client.ended(generationId);
  await expect
    .poll(async () => figure(await metricsOf(app.adminUrl), "chatbot_generations_total"))
    .toBe(1);
  const metrics = await metricsOf(app.adminUrl);
  const values = (...series: string[]) => series.map((one) => figure(metrics, one));
  expect(
    values(
      'chatbot_frames_total{type="send",result="ok"}',
      'chatbot_claims_total{from="queue"}',
      'chatbot_generations_total{engine="tgi",outcome="finished",code=""}',
      "chatbot_time_to_first_token_seconds_count",
      "chatbot_generation_duration_seconds_count",
      "chatbot_queue_time_seconds_count",
      'chatbot_upstream_requests_total{result="ok"}',
      'chatbot_subscribes_total{mode="snapshot"}',
      "chatbot_sockets",
      "chatbot_subscriptions",
      "chatbot_queue_length",
      "chatbot_redis_connected",
      "chatbot_model_ready",
      "chatbot_breaker_state",
    ),
  ).toEqual([1, 1, 1, 1, 1, 1, 2, 1, 1, 1, 0, 1, 1, 0]);
  expect(figure(metrics, "chatbot_generation_tokens_total")).toBeGreaterThan(2);
  expect(figure(metrics, 'chatbot_appends_total{result="ok"}')).toBeGreaterThan(0);
  expect(figure(metrics, 'chatbot_redis_command_seconds_count{command="append"}')).toBeGreaterThan(
    0,
  );
  for (const own of ["alice", id, generationId]) expect(metrics).not.toContain(own);
  await expect
    .poll(async () => figure(await metricsOf(app.adminUrl), "chatbot_generations_running"))
    .toBe(0);
  client.close();
  await expect
    .poll(async () => figure(await metricsOf(app.adminUrl), "chatbot_sockets_closed_total"))
    .toBe(1);
});

test("what waits is told by every process, and by none once Redis is away", async () => {
  const { start, redis } = await setUpObserved();
  const web = await start({ ROLE: "web" });
  const { id } = await createConversation(web.url);
  await call(web.url, "POST", `/api/conversations/${id}/messages`, { content: "Hi" });
  await expect
    .poll(async () => figure(await metricsOf(web.adminUrl), "chatbot_queue_length"))
    .toBe(1);
  await expect
    .poll(async () => figure(await metricsOf(web.adminUrl), "chatbot_queue_oldest_seconds"))
    .toBeGreaterThan(0);
  await redis.kill("SIGSTOP");
  await expect
    .poll(async () => figure(await metricsOf(web.adminUrl), "chatbot_queue_length"))
    .toBeUndefined();
  await redis.kill("SIGCONT");
});

test("a take-over, a failing model server and its breaker are seen", async () => {
  const { start, model } = await setUpObserved({ answer: LONG, tokensPerSecond: 20 });
  const { second, client, id } = await takenOver(start, "SIGKILL");
  const metric = async (series: string) => figure(await metricsOf(second.adminUrl), series);
  await expect.poll(() => metric('chatbot_claims_total{from="expired"}')).toBe(1);

  model.fault(
    ...Array.from({ length: 40 }, () => ({ type: "status", status: 500, body: {} }) as const),
  );
  const failed = await ask(client, id, "And again?");
  expect(await client.ended(failed.generationId)).toMatchObject({ status: "failed" });
  await expect
    .poll(() => metric('chatbot_generations_total{outcome="failed",code="unavailable"}'))
    .toBe(1);
  expect(await metric('chatbot_upstream_requests_total{result="unavailable"}')).toBeGreaterThan(2);
  expect(await metric('chatbot_breaker_transitions_total{to="open"}')).toBe(1);
  expect(await metric("chatbot_breaker_state")).toBeGreaterThan(0);
});
