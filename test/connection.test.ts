import type { Page } from "playwright-core";
import { expect, onTestFinished, test } from "vitest";
import { startApp } from "./app-process.ts";
import { askOn, lastAnswer, useBrowser, wholeAnswer } from "./browser.ts";
import { startIdentityProxy } from "./identity-proxy.ts";
import { STORY, startPageApp } from "./page-app.ts";
import { createTcpProxy } from "./tcp-proxy.ts";

const visit = useBrowser();
const statusOf = (page: Page) => page.getByRole("status", { name: "Connection" });
const boxOf = (page: Page) => page.getByRole("textbox", { name: "Message" });
const WITH_PROXY = { AUTH_MODE: "header", AUTH_USERID_HEADER: "X-Forwarded-User" };

async function behindProxy(tokensPerSecond = 60) {
  const { url } = await startPageApp({ answer: STORY, tokensPerSecond }, WITH_PROXY);
  const proxy = await startIdentityProxy(url, "alice");
  return { proxy, direct: url };
}

test("a long wait for the next try is said in seconds, and can be cut short", async () => {
  const { url } = await startPageApp({ answer: STORY });
  const proxy = await createTcpProxy(Number(new URL(url).port));
  onTestFinished(() => proxy.close());
  const page = await visit(`http://127.0.0.1:${proxy.port}`);
  await expect.poll(() => statusOf(page).innerText()).toBe("Live");
  proxy.cut();
  await expect.poll(() => statusOf(page).innerText()).toBe("Reconnecting");
  await page.getByText(/^in \d+ s$/).waitFor({ timeout: 19_000 });
  proxy.mend();
  await page.getByRole("button", { name: "Try now" }).click();
  await expect.poll(() => statusOf(page).innerText()).toBe("Live");
});

test("three tabs come back by themselves when the server is another process", async () => {
  const { url, app, settings } = await startPageApp({ answer: STORY, tokensPerSecond: 40 });
  const page = await visit(url);
  await askOn(page, "A story, please");
  await page.waitForURL(/\/c\//);
  const tabs = [page, await page.context().newPage(), await page.context().newPage()];
  for (const tab of tabs.slice(1)) await tab.goto(page.url());
  for (const tab of tabs) {
    await expect.poll(() => lastAnswer(tab).innerText()).toContain("Sentence 2 ");
  }
  await app.end();
  await startApp({ ...settings, PORT: new URL(url).port });
  for (const tab of tabs) {
    await expect.poll(() => statusOf(tab).innerText(), { timeout: 15_000 }).toBe("Live");
    expect(await wholeAnswer(tab)).toContain(STORY.trim());
  }
}, 40_000);

test("offline is said at once, and the network's return is enough to be live again", async () => {
  const { url } = await startPageApp({ answer: STORY });
  const page = await visit(url);
  await expect.poll(() => statusOf(page).innerText()).toBe("Live");
  await page.context().setOffline(true);
  await expect.poll(() => statusOf(page).innerText()).toBe("Offline");
  await page.context().setOffline(false);
  await expect.poll(() => statusOf(page).innerText()).toBe("Live");
});

test("a sign-in that expires in mid-answer loses nothing: view, draft, stream and change", async () => {
  const { proxy } = await behindProxy(40);
  const page = await visit(proxy.url);
  await askOn(page, "A story, please");
  await expect.poll(() => lastAnswer(page).innerText()).toContain("Sentence 2 ");
  await boxOf(page).fill("half a thought");
  proxy.signedIn = undefined;

  const list = page.getByRole("navigation", { name: "Conversations" });
  const rename = async (title: string) => {
    await list.getByRole("link").first().hover();
    await list.getByRole("button", { name: "Conversation options" }).first().click();
    await page.getByRole("menuitem", { name: "Rename" }).click();
    await page.keyboard.press("ControlOrMeta+A");
    await page.keyboard.type(title);
    await page.keyboard.press("Enter");
  };
  await rename("Tales");
  await expect.poll(() => statusOf(page).innerText()).toBe("Signed out");
  expect(await page.getByRole("alert").innerText()).not.toContain("could not be saved");
  const seen = await lastAnswer(page).innerText();
  proxy.cut();

  const [popup] = await Promise.all([
    page.waitForEvent("popup"),
    page.getByRole("button", { name: "Sign in" }).click(),
  ]);
  const closed = popup.waitForEvent("close");
  await popup.getByRole("button", { name: "Log in" }).click();
  await closed;

  await expect.poll(() => statusOf(page).innerText()).toBe("Live");
  await expect.poll(() => lastAnswer(page).innerText()).toContain(seen.slice(0, 60));
  expect(await wholeAnswer(page)).toContain(STORY.trim());
  await expect.poll(() => boxOf(page).inputValue()).toBe("half a thought");
  await list.getByRole("link", { name: "Tales" }).waitFor();
  await page.reload();
  await list.getByRole("link", { name: "Tales" }).waitFor();
}, 40_000);

test("where no window may open there is a link, and the page notices the sign-in by itself", async () => {
  const { proxy } = await behindProxy();
  const page = await visit(proxy.url);
  await page.addInitScript("window.open = () => null");
  await page.reload();
  await expect.poll(() => statusOf(page).innerText()).toBe("Live");
  await boxOf(page).fill("half a thought");
  proxy.signedIn = undefined;
  proxy.cut();
  await expect.poll(() => statusOf(page).innerText()).toBe("Signed out");
  await page.getByRole("button", { name: "Sign in" }).click();
  const [tab] = await Promise.all([
    page.waitForEvent("popup"),
    page.getByRole("link", { name: "Sign in in a new tab" }).click(),
  ]);
  await tab.getByRole("button", { name: "Log in" }).click();
  await expect.poll(() => statusOf(page).innerText()).toBe("Live");
  await expect.poll(() => boxOf(page).inputValue()).toBe("half a thought");
});
