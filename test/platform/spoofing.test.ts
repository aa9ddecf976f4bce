import { once } from "node:events";
import { connect } from "node:tls";
import { decodeJwt } from "jose";
import { describe, expect, test } from "vitest";
import type { HeaderList } from "../../src/doctor/door.ts";
import { PROXY_SECRET } from "./environment.ts";
import { type Recorder, type Seen, startRecorder } from "./front/recorder.ts";
import { type Scene, startScene } from "./front/scene.ts";
import { doorOf, signInAs } from "./front/sign-in.ts";

// What reaches the app of what a client sends: facts about oauth2-proxy and nginx, on the real ones with the
// configuration that is shipped. What the app makes of it, the doctor asks (doctor.test.ts).

const VICTIM = "victim";
/** Names by which one proxy or another tells who somebody is, or proves it. */
const IDENTITY = [
  "X-Forwarded-User",
  "X-Forwarded-Email",
  "X-Forwarded-Groups",
  "X-Forwarded-Preferred-Username",
  "X-Forwarded-Access-Token",
  "X-Auth-Request-User",
  "X-Auth-Request-Email",
  "X-Auth-Request-Groups",
  "X-Auth-Request-Preferred-Username",
  "GAP-Auth",
  "kubeflow-userid",
  "userid",
  "Authorization",
  "X-Proxy-Secret",
];
const spellings = (name: string) => [
  name,
  name.toLowerCase(),
  name.toUpperCase(),
  name.replaceAll("-", "_"),
  name.replace("-", "_"),
  name.replaceAll("-", "_").toLowerCase(),
];

const ROWS: readonly (readonly [string, HeaderList])[] = [
  ...IDENTITY.flatMap((name) =>
    [...new Set(spellings(name))].map(
      (spelling) => [spelling, [[spelling, VICTIM]]] as [string, HeaderList],
    ),
  ),
  ...IDENTITY.flatMap((name): [string, HeaderList][] => [
    [
      `${name} twice`,
      [
        [name, VICTIM],
        [name, `${VICTIM}-2`],
      ],
    ],
    [`${name} with a comma`, [[name, `${VICTIM},${VICTIM}-2`]]],
    [`${name} with blanks`, [[name, ` ${VICTIM}\t`]]],
    [`Connection: close, ${name}`, [["Connection", `close, ${name}`]]],
    [`Connection: ${name.toLowerCase()}`, [["Connection", name.toLowerCase()]]],
    [
      `Connection names ${name}, and the others are forged`,
      [["Connection", `close, ${name}`], ...IDENTITY.map((other) => [other, VICTIM] as const)],
    ],
    [`Connection: ${name.replaceAll("-", "_")}`, [["Connection", name.replaceAll("-", "_")]]],
  ]),
  ["all at once", IDENTITY.map((name) => [name, VICTIM] as const)],
];

/** What of the headers that arrived says who somebody is, by the names that servers take them for. */
function identityIn(seen: Seen | undefined): [string, string][] {
  const names = new Set(IDENTITY.map((name) => name.toLowerCase()));
  return (seen ?? [])
    .map(([name, value]): [string, string] => [name.toLowerCase().replaceAll("_", "-"), value])
    .filter(([name]) => names.has(name));
}

/** What the proxy itself says of alice, and nothing else. */
function expectAlice(seen: Seen | undefined): void {
  const identity = identityIn(seen);
  expect(JSON.stringify(identity)).not.toContain(VICTIM);
  const names = identity.map(([name]) => name);
  expect(names).toEqual([...new Set(names)]);
  const of = new Map(identity);
  expect(of.get("x-forwarded-user")).toBe("u-alice");
  expect(decodeJwt(of.get("authorization")?.replace("Bearer ", "") ?? "").sub).toBe("u-alice");
  expect(of.get("x-proxy-secret")).toBe(PROXY_SECRET);
}

async function record(
  mode: "proxy" | "ext-authz",
): Promise<Scene & { recorder: Recorder; cookie: string }> {
  const recorder = await startRecorder();
  const scene = await startScene({ mode, upstream: recorder.url });
  return { ...scene, recorder, cookie: await signInAs(scene, "alice") };
}

describe.each(["proxy", "ext-authz"] as const)("with %s", (mode) => {
  test("of everything that a client forges nothing reaches the app as an identity", async () => {
    const scene = await record(mode);
    const { recorder, cookie, origin } = scene;
    const door = doorOf(scene);
    const arrived = (before: number, what: string) => {
      expect(recorder.seen.length, what).toBe(before + 1);
      expectAlice(recorder.seen.at(-1));
    };
    for (const [what, headers] of ROWS) {
      const own: HeaderList = [["Cookie", cookie], ...headers];
      const before = recorder.seen.length;
      const answer = await door.call({ path: "/api/session", headers: own });
      // nginx takes no second Authorization at all.
      if (answer.status === 400) continue;
      expect(answer.status, what).toBe(200);
      arrived(before, what);
      await door.openSocket([...own, ["Origin", origin]]);
      arrived(before + 1, what);
    }
  });

  test("of who is not signed in nothing reaches the app at all", async () => {
    const scene = await record(mode);
    const door = doorOf(scene);
    const before = scene.recorder.seen.length;
    for (const [what, headers] of ROWS) {
      const answer = await door.call({ path: "/api/session", headers });
      expect([400, 401], what).toContain(answer.status);
      const socket = await door.openSocket([...headers, ["Origin", scene.origin]]);
      expect(socket, what).toEqual({ status: answer.status });
    }
    expect(scene.recorder.seen.length).toBe(before);
  });

  test("a header that is no header is refused, or reaches the app as none", async () => {
    const scene = await record(mode);
    const { recorder, cookie, certificate, origin } = scene;
    const { host, port } = new URL(origin);
    const write = async (lines: readonly string[]) => {
      const socket = connect({
        host: "127.0.0.1",
        port: Number(port),
        ca: certificate,
        servername: "localhost",
      });
      socket.on("error", () => undefined);
      socket.write(
        [
          "GET /api/session HTTP/1.1",
          `Host: ${host}`,
          `Cookie: ${cookie}`,
          ...lines,
          "Connection: close",
          "",
          "",
        ].join("\r\n"),
      );
      let said = "";
      socket.on("data", (data) => (said += data.toString("latin1")));
      await once(socket, "close");
      return Number(/^HTTP\/1\.1 (\d+)/.exec(said)?.[1]);
    };
    for (const lines of [
      [`X-Forwarded-User : ${VICTIM}`],
      [`X-Forwarded-User\t: ${VICTIM}`],
      ["X-Innocent: a", ` X-Forwarded-User: ${VICTIM}`],
      [`X-Forwarded-User\0: ${VICTIM}`],
      [`X-Innocent: a\nX-Forwarded-User: ${VICTIM}`],
      [`X-Innocent: a\rX-Forwarded-User: ${VICTIM}`],
    ]) {
      const before = recorder.seen.length;
      const status = await write(lines);
      if (recorder.seen.length > before) expectAlice(recorder.seen.at(-1));
      else expect(status).toBe(400);
    }
  });
});

test("behind nginx nothing of a client's headers but a list reaches the app", async () => {
  const scene = await record("ext-authz");
  const door = doorOf(scene);
  const headers: HeaderList = [
    ["Cookie", scene.cookie],
    ["X-Anything", VICTIM],
    ["X.Forwarded.User", VICTIM],
    ["Remote-User", VICTIM],
    ["Forwarded", `for=${VICTIM}`],
    ["X-Real-IP", VICTIM],
    ["X-Forwarded-For", VICTIM],
  ];
  await door.call({ path: "/api/session", headers });
  const seen = JSON.stringify(scene.recorder.seen.at(-1));
  expect(seen).not.toContain(VICTIM);
  expect(seen.toLowerCase()).not.toContain('"cookie"');
});
