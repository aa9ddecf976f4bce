import { beforeAll, expect, inject, onTestFinished, test } from "vitest";
import { agree } from "../../chaos/agree.ts";
import { answerTo, thoughtTo } from "../../chaos/corpus.ts";
import { chaos, say } from "../../chaos/random.ts";
import { call } from "../../chat-client.ts";
import { createModelServer } from "../../model-server.ts";
import { NODE_ADDRESS } from "../cluster/control-plane.ts";
import { openCluster } from "../cluster/kubectl.ts";
import { makeSecret, PASSWORDS } from "../cluster/namespace.ts";
import { type Crowd, openCrowd } from "./crowd.ts";
import { openStored } from "./stored.ts";
import { openUpheaval } from "./upheaval.ts";

const cluster = openCluster(inject("kubeconfig"));
const { kubectl, tryKubectl, helm, get } = cluster;
const inNamespace = "--namespace=chatbot";
/** Answers under way at once. */
const ANSWERS = 30;
const KILLS = 6;

const isTitle = (question: string) => question.startsWith("Write a title");
const release = ["chatbot", "charts/chatbot", inNamespace, "--wait", "--timeout=5m"];
const values: string[] = [];
const door = { url: "", headers: { "X-Forwarded-User": "alice" } };

beforeAll(async () => {
  const model = await createModelServer({
    host: NODE_ADDRESS,
    tokensPerSecond: 12,
    answer: ({ question }) => (isTitle(question) ? "A title" : answerTo(question)),
    reasoning: ({ question }) => (isTitle(question) ? "" : thoughtTo(question)),
    maxConcurrent: 1_000,
    maxTotalTokens: 32_768,
  });
  await kubectl(["apply", "--filename=manifests/namespace.yaml"]);
  await makeSecret(cluster, "chatbot", "chatbot-redis", PASSWORDS);
  values.push(
    "--set=web.service.type=NodePort",
    "--set=config.MODELS=",
    `--set=config.INFERENCE_SERVER_URL=${model.url}`,
  );
  await helm(["install", ...release, ...values]);
  const [service] = await get(
    "services",
    inNamespace,
    "--field-selector=metadata.name=chatbot-web",
  );
  door.url = `http://127.0.0.1:${service.spec.ports[0].nodePort}`;
  return async () => {
    await helm(["uninstall", "chatbot", inNamespace, "--wait"]);
    await kubectl(["delete", "namespace", "chatbot", "--timeout=180s"]);
    await model.close();
  };
});

/** Compares every screen and what is stored with what the model server sent. */
async function agreed(name: string, crowd: Crowd, more: Readonly<Record<string, number>> = {}) {
  const turns = await crowd.end();
  const store = await openStored(cluster);
  const compared = await agree({ store, ...door, screens: crowd.screens, turns });
  say(`node: ${name}`, {
    ...compared,
    requests: crowd.requests.made,
    failedRequests: crowd.requests.failed.length,
    longestPauseMs: crowd.longestPauseMs(),
    ...more,
  });
  expect(crowd.refused()).toEqual([]);
  return compared;
}

test("helm test finds that the release answers", async () => {
  const said = await helm(["test", "chatbot", inNamespace, "--timeout=3m"]);
  expect(said).toMatch(/Phase:\s+Succeeded/);
});

test.each(["web", "worker"])(
  "a %s pod has no rights, and nowhere to write but /tmp",
  async (part) => {
    const code = `
    import { readFileSync, writeFileSync, existsSync } from "node:fs";
    const tried = (path) => { try { writeFileSync(path, ""); return "written"; } catch ({ code }) { return code; } };
    const status = readFileSync("/proc/self/status", "utf8");
    const of = (name) => new RegExp(name + ":\\\\s*(\\\\w+)").exec(status)[1];
    console.log(JSON.stringify({
      uid: process.getuid(), root: tried("/file"), app: tried("/app/file"), tmp: tried("/tmp/file"),
      capabilities: of("CapBnd"), noNewPrivileges: of("NoNewPrivs"), seccomp: of("Seccomp"),
      account: existsSync("/var/run/secrets/kubernetes.io"),
    }));`;
    const said = await kubectl([
      ...["exec", `deployment/chatbot-${part}`, inNamespace, "--"],
      ...["node", "--input-type=module", "--eval", code],
    ]);
    expect(JSON.parse(said)).toEqual({
      uid: 65_532,
      root: "EROFS",
      app: "EROFS",
      tmp: "written",
      capabilities: "0000000000000000",
      noNewPrivileges: "1",
      seccomp: "2",
      account: false,
    });
  },
);

test("thirty answers outlive a restart of every pod, kills, an upgrade and a roll-back", {
  timeout: 900_000,
}, async () => {
  const choice = chaos("node: chart");
  const upheaval = openUpheaval(cluster);
  const crowd = await openCrowd(door, ANSWERS, choice);
  await expect.poll(crowd.ended, { timeout: 60_000 }).toBeGreaterThan(0);

  const pauses: Record<string, number> = {};
  const did = (what: string) => {
    pauses[`pauseMsBy${what}`] = crowd.longestPauseMs();
  };
  await upheaval.restart(["web", "worker"]);
  const restarted = new Map(upheaval.exits);
  did("Restart");
  await upheaval.killWorkers(KILLS, choice);
  did("Kills");
  await helm(["upgrade", ...release, ...values, "--set=config.LOG_LEVEL=DEBUG"]);
  await upheaval.settled();
  did("Upgrade");
  await helm(["rollback", "chatbot", "1", inNamespace, "--wait", "--timeout=5m"]);
  await upheaval.settled();
  did("Rollback");

  const { seams } = await agreed("chart", crowd, {
    ...pauses,
    exits: upheaval.exits.size,
    kills: KILLS,
  });
  expect(seams).toBeGreaterThan(0);
  expect(crowd.requests.failed).toEqual([]);
  // Two of each went; a kill leaves nobody to say how it ended.
  expect([...restarted.values()]).toEqual([0, 0, 0, 0]);
});

test("a pod that ends is forgotten before it refuses anybody", { timeout: 300_000 }, async () => {
  const upheaval = openUpheaval(cluster);
  const [name = ""] = await upheaval.pods("web");
  const slices = async () =>
    (await get("endpointslices", inNamespace, "--selector=kubernetes.io/service-name=chatbot-web"))
      .flatMap(({ endpoints }) => endpoints ?? [])
      .find((one: { targetRef: { name: string } }) => one.targetRef.name === name)?.conditions;
  expect(await slices()).toMatchObject({ ready: true });
  const began = Date.now();
  await kubectl(["delete", "pod", name, inNamespace, "--wait=false"]);
  await expect.poll(slices).toMatchObject({ ready: false, terminating: true });
  // It serves on, for the seconds of its preStop.
  const { stdout } = await tryKubectl([
    ...["exec", name, inNamespace, "--", "node", "--input-type=module", "--eval"],
    'console.log((await fetch("http://127.0.0.1:9090/readyz")).status)',
  ]);
  expect(stdout.trim()).toBe("200");
  await upheaval.settled();
  expect(upheaval.exits.get(name)).toBe(0);
  expect(Date.now() - began).toBeGreaterThanOrEqual(10_000);
});

test("web is not ready while Redis is away, and is not restarted for it", {
  timeout: 300_000,
}, async () => {
  onTestFinished(async () => {
    await kubectl(["scale", "statefulset/chatbot-redis", inNamespace, "--replicas=1"]);
    await kubectl(["rollout", "status", "statefulset/chatbot-redis", inNamespace]);
    await kubectl(["rollout", "status", "deployment/chatbot-web", inNamespace]);
  });
  const web = () => get("pods", inNamespace, "--selector=app.kubernetes.io/component=web");
  const ready = async () =>
    (await web()).flatMap(({ status }) =>
      status.containerStatuses.map((one: { ready: boolean }) => one.ready),
    );
  await kubectl(["scale", "statefulset/chatbot-redis", inNamespace, "--replicas=0"]);
  await expect.poll(ready, { timeout: 90_000, interval: 500 }).toEqual([false, false]);
  for (const { status } of await web()) expect(status.containerStatuses[0].restartCount).toBe(0);
});

test("Redis comes back with what it held, and answers under way go on", {
  timeout: 300_000,
}, async () => {
  const choice = chaos("node: Redis");
  const upheaval = openUpheaval(cluster);
  const title = `Kept ${crypto.randomUUID()}`;
  const { headers } = door;
  const made = await call(door.url, "POST", "/api/conversations", { title }, { headers });
  const { id } = (await made.json()) as { id: string };
  const crowd = await openCrowd(door, 10, choice);
  await expect.poll(crowd.ended, { timeout: 60_000 }).toBeGreaterThan(0);

  const [before] = await get("pods", inNamespace, "--selector=app.kubernetes.io/component=redis");
  await kubectl(["delete", "pod", "chatbot-redis-0", inNamespace]);
  await kubectl(["rollout", "status", "statefulset/chatbot-redis", inNamespace, "--timeout=120s"]);
  const [after] = await get("pods", inNamespace, "--selector=app.kubernetes.io/component=redis");
  expect(after.metadata.uid).not.toBe(before.metadata.uid);
  expect(upheaval.exits.get("chatbot-redis-0")).toBe(0);
  await upheaval.settled();
  const then = crowd.ended();
  await expect.poll(crowd.ended, { timeout: 60_000 }).toBeGreaterThan(then);

  await agreed("Redis", crowd);
  const kept = await call(door.url, "GET", `/api/conversations/${id}`, undefined, { headers });
  expect(await kept.json()).toMatchObject({ id, title });
});
