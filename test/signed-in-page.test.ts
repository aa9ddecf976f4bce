import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { askOn, lastAnswer, useBrowser, wholeAnswer } from "./browser.ts";
import { call } from "./chat-client.ts";
import { startIdentityProvider } from "./identity-provider.ts";
import { startIdentityProxy } from "./identity-proxy.ts";
import { keptOnDevice } from "./in-page.ts";
import { STORY, startPageApp } from "./page-app.ts";

const visit = useBrowser();
const statusOf = (page: Page) => page.getByRole("status", { name: "Connection" });
const boxOf = (page: Page) => page.getByRole("textbox", { name: "Message" });

/** A proxy that hands on an ID token of so many seconds, and a new one before it ends. */
async function behindProxy(lifeSeconds: number, tokensPerSecond = 60) {
  const provider = await startIdentityProvider();
  const { url } = await startPageApp(
    { answer: STORY, tokensPerSecond },
    {
      AUTH_MODE: "header+jwt",
      AUTH_PRESET: "oauth2-proxy",
      AUTH_JWT_ISSUER: provider.issuer,
      AUTH_JWT_AUDIENCE: provider.audience,
    },
  );
  const kept = { proof: "", until: 0 };
  const proxy = await startIdentityProxy(url, "alice", async (user) => {
    if (Date.now() > kept.until) {
      kept.proof = await provider.proofOf(user, { sid: "s1" }, { expiresIn: lifeSeconds });
      kept.until = Date.now() + (lifeSeconds * 1_000) / 4;
    }
    return kept.proof;
  });
  return { proxy, direct: url, kept };
}

/** Every state of the connection that the page has shown from now on. */
async function watchStatus(page: Page): Promise<() => Promise<string[]>> {
  await page.evaluate(`{
    const status = document.querySelector('[role="status"][aria-label="Connection"]');
    globalThis.seenStatus = [status.textContent.trim()];
    new MutationObserver(() => seenStatus.push(status.textContent.trim())).observe(status, {
      childList: true, characterData: true, subtree: true,
    });
  }`);
  return async () => [...new Set(await page.evaluate<string[]>("globalThis.seenStatus"))];
}

/** What the browser keeps of the reader: copies, and everything else. */
async function keptOf(page: Page) {
  const stored = await page.evaluate<string>("JSON.stringify({ ...localStorage })");
  return { copies: await keptOnDevice(page), stored };
}

test("a proof is renewed in mid-answer, again and again, and nobody sees anything of it", async () => {
  const { proxy } = await behindProxy(10, 25);
  const page = await visit(proxy.url);
  const sockets: string[] = [];
  page.on("websocket", (socket) => sockets.push(socket.url()));
  await expect.poll(() => statusOf(page).innerText()).toBe("Live");
  const seen = await watchStatus(page);
  await askOn(page, "A story, please");
  await expect.poll(() => lastAnswer(page).innerText()).toContain("Sentence 2 ");
  await boxOf(page).fill("half a thought");
  await expect.poll(() => sockets.length, { timeout: 20_000 }).toBeGreaterThanOrEqual(2);
  expect(await wholeAnswer(page)).toContain(STORY.trim());
  expect(await seen()).toEqual(["Live"]);
  await expect.poll(() => boxOf(page).inputValue()).toBe("half a thought");
}, 60_000);

test("a proof that is not renewed leads to the sign-in window, and nothing is lost", async () => {
  const { proxy } = await behindProxy(10, 25);
  const page = await visit(proxy.url);
  await askOn(page, "A story, please");
  await expect.poll(() => lastAnswer(page).innerText()).toContain("Sentence 2 ");
  await boxOf(page).fill("half a thought");
  proxy.signedIn = undefined;
  await expect.poll(() => statusOf(page).innerText(), { timeout: 20_000 }).toBe("Signed out");
  const seen = await lastAnswer(page).innerText();

  const [popup] = await Promise.all([
    page.waitForEvent("popup"),
    page.getByRole("button", { name: "Sign in" }).click(),
  ]);
  const closed = popup.waitForEvent("close");
  await popup.getByRole("button", { name: "Log in" }).click();
  await closed;
  await expect.poll(() => statusOf(page).innerText()).toBe("Live");
  expect(await wholeAnswer(page)).toContain(STORY.trim());
  await expect.poll(() => lastAnswer(page).innerText()).toContain(seen.slice(0, 60));
  await expect.poll(() => boxOf(page).inputValue()).toBe("half a thought");
}, 60_000);

test("signing out signs out every tab, ends the sign-in, and leaves nothing on the device", async () => {
  const { proxy, direct, kept } = await behindProxy(300);
  const page = await visit(proxy.url);
  await askOn(page, "A story, please");
  expect(await wholeAnswer(page)).toContain(STORY.trim());
  const tab = await page.context().newPage();
  await tab.goto(page.url());
  await expect.poll(() => statusOf(tab).innerText()).toBe("Live");
  await boxOf(page).fill("half a thought");
  await expect.poll(async () => (await keptOf(tab)).copies).toContain("Sentence");
  await expect.poll(async () => (await keptOf(tab)).stored).toContain("half a thought");

  const { proof } = kept;
  const asAlice = { user: "alice", headers: { Authorization: `Bearer ${proof}` } };
  expect((await call(direct, "GET", "/api/session", undefined, asAlice)).status).toBe(200);
  await page.getByRole("button", { name: /^Account/ }).click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("button", { name: "Log in" }).waitFor();
  expect(proxy.signedIn).toBeUndefined();
  expect((await call(direct, "GET", "/api/session", undefined, asAlice)).status).toBe(401);

  await expect.poll(() => statusOf(tab).innerText()).toBe("Signed out");
  await expect.poll(async () => (await keptOf(tab)).copies).not.toContain("Sentence");
  const { stored } = await keptOf(tab);
  expect(stored).not.toContain("half a thought");
  expect(stored).not.toContain("alice");

  kept.until = 0;
  const [popup] = await Promise.all([
    tab.waitForEvent("popup"),
    tab.getByRole("button", { name: "Sign in" }).click(),
  ]);
  await popup.getByRole("button", { name: "Log in" }).click();
  await expect.poll(() => statusOf(tab).innerText()).toBe("Live");
  await expect.poll(() => lastAnswer(tab).innerText()).toContain("Sentence 59 ");
}, 60_000);

test("where the proxy has no address for it, there is nothing that looks like signing out", async () => {
  const { url } = await startPageApp({ answer: STORY });
  const page = await visit(url);
  await page.getByRole("button", { name: /^Account/ }).click();
  await page.getByRole("button", { name: "Keyboard shortcuts" }).waitFor();
  expect(await page.getByRole("button", { name: "Sign out" }).count()).toBe(0);
});
