import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import * as z from "zod";
import { freePort, startRedisServer } from "../redis-server.ts";

const Image = z.object({
  buildah: z.string(),
  storage: z.array(z.string()),
  env: z.record(z.string(), z.string()),
  tag: z.string(),
  /** What Buildah says where Linux did not let it begin. */
  unsealed: z.string(),
});
const MOST_TRIES = 5;

/** A container of the image that the Dockerfile made, for the running test. */
function openContainer() {
  const image = Image.parse(JSON.parse(process.env.PLATFORM_IMAGE ?? ""));
  const { buildah, storage, env, tag, unsealed } = image;
  const environment = { ...process.env, ...env };
  const call = (...args: string[]) =>
    execFileSync(buildah, [...storage, ...args], { env: environment, encoding: "utf8" }).trim();
  const name = call("from", tag);
  onTestFinished(() => void call("rm", name));
  return {
    root: call("mount", name),
    config: JSON.parse(call("inspect", "--type", "image", tag)).OCIv1.config,
    /** Starts a program, and waits for its first line. */
    async start(args: readonly string[], variables: Readonly<Record<string, string>>) {
      const given = Object.entries(variables).flatMap(([key, value]) => [
        "--env",
        `${key}=${value}`,
      ]);
      for (let tries = 1; ; tries += 1) {
        const child = spawn(buildah, [...storage, "run", ...given, name, "--", ...args], {
          env: environment,
          stdio: ["ignore", "pipe", "pipe"],
        });
        onTestFinished(() => void child.kill("SIGKILL"));
        const said = text(child.stderr);
        const lines = createInterface({ input: child.stdout });
        const [line] = await Promise.race([once(lines, "line"), once(lines, "close")]);
        if (line !== undefined) return { child, line: String(line) };
        const complaint = await said;
        if (tries === MOST_TRIES || !complaint.includes(unsealed)) throw new Error(complaint);
      }
    },
  };
}

// A chroot has no namespaces of its own: the read-only root and the probes are a real node's to show.
const built = test.runIf(process.env.PLATFORM_IMAGE);

built(
  "the image holds the server, its page and its production packages, and nothing to build with",
  () => {
    const { root, config } = openContainer();
    expect(config.User).toBe("65532:65532");
    expect(config.Entrypoint).toEqual(["/usr/local/bin/node", "src/main.ts"]);
    expect(config.Env).toContain("HOST=0.0.0.0");
    expect(config.Labels["org.opencontainers.image.title"]).toBe("chatbot");
    expect(readdirSync(join(root, "app")).toSorted()).toEqual([
      "LICENSE",
      "dist",
      "node_modules",
      "package.json",
      "src",
    ]);
    expect(existsSync(join(root, "app/dist/web/index.html"))).toBe(true);
    for (const name of ["vite", "vitest", "typescript", "node", "npm", "@biomejs"]) {
      expect(existsSync(join(root, "app/node_modules", name)), name).toBe(false);
    }
    expect(readdirSync(join(root, "usr/local/bin"))).toEqual(["node"]);
    const sources = readdirSync(join(root, "app/src"), { recursive: true }).map(String);
    expect(sources.filter((path) => path.endsWith(".test.ts"))).toEqual([]);
  },
);

built("the image serves and answers as a user without rights, and drains", async () => {
  const redis = await startRedisServer();
  onTestFinished(redis.stop);
  const [port, adminPort] = [await freePort(), await freePort()];
  const { config, start } = openContainer();
  const { child, line } = await start(config.Entrypoint, {
    PORT: String(port),
    ADMIN_PORT: String(adminPort),
    REDIS_OM_URL: redis.url,
    MODELS: '[{"id":"demo","engines":[{"type":"rules","delayMs":0}]}]',
    // Node tells its own id and rights before the app begins: the shell to ask is not in the image.
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(
      'import{readFileSync as r}from"node:fs";console.log(JSON.stringify({pid:process.pid,uid:process.getuid(),caps:/CapEff:\\s*(\\w+)/.exec(r("/proc/self/status","utf8"))[1]}))',
    )}`,
  });
  const app = JSON.parse(line);
  expect(app).toMatchObject({ uid: 65_532, caps: "0000000000000000" });

  const ready = async () => (await fetch(`http://127.0.0.1:${adminPort}/readyz`)).status;
  await expect.poll(() => ready().catch(() => 0), { timeout: 20_000 }).toBe(200);
  const url = `http://127.0.0.1:${port}`;
  const headers = { "x-forwarded-user": "someone", "content-type": "application/json" };
  expect((await fetch(url, { headers })).headers.get("content-type")).toContain("text/html");
  expect((await fetch(`${url}/api/session`)).status).toBe(401);
  const made = await fetch(`${url}/api/conversations`, { method: "POST", headers, body: "{}" });
  const { id } = (await made.json()) as { id: string };
  const asked = await fetch(`${url}/api/conversations/${id}/messages`, {
    method: "POST",
    headers: { ...headers, prefer: "wait=20" },
    body: '{"content":"Hello"}',
  });
  expect(await asked.json()).toMatchObject({ answer: { status: "done" } });

  const exit = once(child, "exit");
  process.kill(app.pid, "SIGTERM");
  expect(await exit).toEqual([0, null]);
});
