import type { Page } from "playwright-core";
import { createClient } from "redis";
import { expect, onTestFinished, test } from "vitest";
import { askOn, lastAnswer, useBrowser, wholeAnswer } from "../browser.ts";
import { type Scene, type SceneOptions, startScene } from "./front/scene.ts";
import { doorOf } from "./front/sign-in.ts";

// A person's day in a real Chromium, behind the real oauth2-proxy as it is shipped and a real provider.

const visit = useBrowser();
const statusOf = (page: Page) => page.getByRole("status", { name: "Connection" });
const boxOf = (page: Page) => page.getByRole("textbox", { name: "Message" });
/** The words of the demo's story come slowly enough to do something meanwhile. */
const SLOW = { MODELS: '[{"id":"demo","engines":[{"type":"rules","delayMs":30}]}]' };

async function signedIn(options: SceneOptions = {}): Promise<{ scene: Scene; page: Page }> {
  const scene = await startScene(options);
  const page = await visit(scene.origin, { ignoreHTTPSErrors: true }, [scene.provider.issuer]);
  await page.getByRole("button", { name: "alice" }).click();
  await expect.poll(() => statusOf(page).innerText()).toBe("Live");
  return { scene, page };
}

/** Signed in, with an answer under way, and a proxy that renews the sign-in each second. */
async function listening(mode: SceneOptions["mode"]): Promise<{ scene: Scene; page: Page }> {
  const { scene, page } = await signedIn({
    mode,
    app: SLOW,
    proxyEnvironment: { COOKIE_REFRESH: "1s" },
  });
  await askOn(page, "tell me a long story");
  await expect.poll(() => lastAnswer(page).innerText()).toContain(" ");
  return { scene, page };
}

/** The keys of the sessions that oauth2-proxy keeps, without their secrets. */
async function sessionsOf({ redis }: Scene): Promise<string[]> {
  const client = createClient({ url: redis.url("sessions") });
  client.on("error", () => undefined);
  await client.connect();
  onTestFinished(() => void client.disconnect().catch(() => undefined));
  const keys: string[] = [];
  for await (const key of client.scanIterator({ MATCH: "__Host-chatbot-*" })) keys.push(key);
  return keys;
}

const refresh = (page: Page) =>
  page.evaluate(`fetch("/api/session").then((response) => response.status)`);

test.each(["proxy", "ext-authz"] as const)(
  "behind %s one signs in at the provider, and talks; the session is kept in Redis",
  async (mode) => {
    const { scene, page } = await signedIn({ mode });
    await askOn(page, "hello");
    expect(await wholeAnswer(page)).toContain("built-in demo engine");
    expect(await sessionsOf(scene)).toHaveLength(1);
    const cookies = await page.context().cookies(scene.origin);
    expect(cookies.find(({ name }) => name === "__Host-chatbot")).toMatchObject({
      secure: true,
      httpOnly: true,
      sameSite: "Lax",
      path: "/",
    });
    // A deep link leads back to itself.
    const address = page.url();
    await page.context().clearCookies({ name: "__Host-chatbot" });
    await page.goto(address);
    await expect.poll(() => statusOf(page).innerText()).toBe("Live");
    expect(page.url()).toBe(address);
  },
);

test.each(["proxy", "ext-authz"] as const)(
  "behind %s a sign-in is renewed in mid-answer, and nobody sees anything of it",
  async (mode) => {
    const { scene, page } = await listening(mode);
    const before = scene.provider.refreshes();
    await expect
      .poll(
        async () => {
          expect(await refresh(page)).toBe(200);
          return scene.provider.refreshes();
        },
        { interval: 500 },
      )
      .toBeGreaterThan(before + 1);
    expect(await lastAnswer(page).getAttribute("aria-busy")).toBe("true");
    await expect.poll(() => statusOf(page).innerText()).toBe("Live");
    await page.getByRole("button", { name: "Stop" }).click();
    await lastAnswer(page).getByRole("button", { name: "Copy", exact: true }).waitFor();
  },
);

test.each(["proxy", "ext-authz"] as const)(
  "behind %s a sign-in that ends in mid-answer takes nothing away: view, draft and stream",
  async (mode) => {
    const { scene, page } = await listening(mode);
    await boxOf(page).fill("half a thought");
    scene.provider.endSessions();
    await expect.poll(() => refresh(page), { interval: 500 }).toBe(401);
    const list = page.getByRole("navigation", { name: "Conversations" });
    await list.getByRole("link").first().hover();
    await list.getByRole("button", { name: "Conversation options" }).first().click();
    await page.getByRole("menuitem", { name: "Rename" }).click();
    await page.keyboard.press("ControlOrMeta+A");
    await page.keyboard.type("Tales");
    await page.keyboard.press("Enter");
    await expect.poll(() => statusOf(page).innerText()).toBe("Signed out");
    const seen = await lastAnswer(page).innerText();

    const [popup] = await Promise.all([
      page.waitForEvent("popup"),
      page.getByRole("button", { name: "Sign in" }).click(),
    ]);
    const closed = popup.waitForEvent("close");
    await popup.getByRole("button", { name: "alice" }).click();
    await closed;
    await expect.poll(() => statusOf(page).innerText()).toBe("Live");
    expect(await lastAnswer(page).innerText()).toContain(seen.slice(0, 40));
    expect(await boxOf(page).inputValue()).toBe("half a thought");
    await list.getByRole("link", { name: "Tales" }).waitFor();
    await wholeAnswer(page);
  },
);

test("a proof that runs out is renewed on another socket in mid-answer, without a gap", async () => {
  // The app asks for a newer one half a minute before the end.
  const { page } = await signedIn({
    app: SLOW,
    proofSeconds: 38,
    proxyEnvironment: { COOKIE_REFRESH: "2s" },
  });
  let sockets = 0;
  page.on("websocket", () => (sockets += 1));
  const states: string[] = [];
  await askOn(page, "tell me a long story");
  await expect
    .poll(
      async () => {
        states.push(await statusOf(page).innerText());
        return sockets;
      },
      { timeout: 40_000, interval: 100 },
    )
    .toBeGreaterThan(0);
  await expect.poll(() => lastAnswer(page).innerText()).toContain(" ");
  expect(new Set(states)).toEqual(new Set(["Live"]));
  await wholeAnswer(page);
});

test("who signs out in one tab is signed out in the other, and a copied cookie is worth nothing", async () => {
  const { scene, page } = await signedIn();
  const other = await page.context().newPage();
  await other.goto(page.url());
  await expect.poll(() => statusOf(other).innerText()).toBe("Live");
  const copied = await page.context().cookies(scene.origin);
  scene.provider.endSessions();
  await page.getByRole("button", { name: /account/i }).click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("button", { name: "alice", exact: true }).waitFor();
  await expect.poll(() => statusOf(other).innerText()).toBe("Signed out");
  // What oauth2-proxy logged tells, where a session is left.
  expect(await sessionsOf(scene), scene.proxy.said()).toEqual([]);
  const door = doorOf(scene);
  const cookie = copied.map(({ name, value }) => `${name}=${value}`).join("; ");
  // Neither for the app nor for the proxy itself.
  for (const path of ["/api/session", "/oauth2/userinfo"]) {
    const answer = await door.call({ path, headers: [["Cookie", cookie]] });
    expect(answer.status, path).toBe(401);
  }
});
