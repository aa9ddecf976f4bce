import { beforeAll, expect, inject, test } from "vitest";
import { agree } from "../../chaos/agree.ts";
import { chaos, say } from "../../chaos/random.ts";
import { call } from "../../chat-client.ts";
import { openCluster } from "../cluster/kubectl.ts";
import { makeSecret, PASSWORDS, SIGN_IN_SECRETS } from "../cluster/namespace.ts";
import { openCrowd } from "./crowd.ts";
import { signIn, startIssuer } from "./sign-in.ts";
import { openStored } from "./stored.ts";
import { openUpheaval, settle } from "./upheaval.ts";

const cluster = openCluster(inject("kubeconfig"));
const { kubectl, get } = cluster;
const inNamespace = "--namespace=chatbot";
const ORIGIN = "http://127.0.0.1:30080";
const ISSUER_PORT = 9_000;
/** Answers under way at once. */
const ANSWERS = 30;

beforeAll(async () => {
  const issuer = await startIssuer(ISSUER_PORT, "alice");
  await kubectl(["apply", "--filename=manifests/namespace.yaml"]);
  await makeSecret(cluster, "chatbot", "chatbot-redis", PASSWORDS);
  await makeSecret(cluster, "chatbot", "chatbot-oauth2-proxy", SIGN_IN_SECRETS);
  await kubectl(["apply", "--kustomize", "test/platform/node/production"]);
  await settle(cluster);
  return async () => {
    await kubectl(["delete", "namespace", "chatbot", "--timeout=180s"]);
    await issuer.close();
  };
});

test("the production overlay stands whole, every pod ready and none restarted", async () => {
  const pods = await get("pods", inNamespace);
  const parts = pods.map(({ metadata }) => metadata.labels["app.kubernetes.io/component"]);
  expect(parts.toSorted()).toEqual([
    "model-server",
    "oauth2-proxy",
    "oauth2-proxy",
    "redis",
    "web",
    "web",
    "worker",
    "worker",
  ]);
});

test("nobody comes in without a sign-in, and a sign-in is who one is, whatever one says", async () => {
  const spoofed = { headers: { "X-Forwarded-User": "bob" } };
  const closed = await call(ORIGIN, "GET", "/api/session", undefined, spoofed);
  expect(closed.status).toBe(401);
  const cookie = await signIn(ORIGIN);
  const headers = { cookie, "X-Forwarded-User": "bob" };
  const session = await call(ORIGIN, "GET", "/api/session", undefined, { headers });
  expect(await session.json()).toMatchObject({ user: { id: "alice" } });
});

test("thirty answers outlive a restart of every pod and kills, behind the real sign-in", {
  timeout: 900_000,
}, async () => {
  const choice = chaos("node: production");
  const upheaval = openUpheaval(cluster);
  const headers = { cookie: await signIn(ORIGIN) };
  const door = { url: ORIGIN, headers, closesKept: true };
  const crowd = await openCrowd(door, ANSWERS, choice);
  await expect.poll(crowd.ended, { timeout: 60_000 }).toBeGreaterThan(0);

  await upheaval.restart(["web", "worker"]);
  await upheaval.restart(["oauth2-proxy"]);
  await upheaval.killWorkers(4, choice);

  const turns = await crowd.end();
  const store = await openStored(cluster);
  const { screens, requests } = crowd;
  const compared = await agree({ store, url: ORIGIN, headers, screens, turns });
  say("node: production", {
    ...compared,
    requests: requests.made,
    askedAgain: requests.again,
    failedRequests: requests.failed.length,
    longestPauseMs: crowd.longestPauseMs(),
  });
  expect(crowd.refused()).toEqual([]);
  expect(requests.failed).toEqual([]);
  // One for each connection to each of the two proxies that ended.
  expect(requests.again).toBeLessThanOrEqual(4);
});
