import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { askOn, useBrowser, wholeAnswer } from "./browser.ts";
import { startIdentityProxy } from "./identity-proxy.ts";
import { keptOnDevice } from "./in-page.ts";
import { STORY, startPageApp } from "./page-app.ts";

const visit = useBrowser();
const statusOf = (page: Page) => page.getByRole("status", { name: "Connection" });
const boxOf = (page: Page) => page.getByRole("textbox", { name: "Message" });
const keptKeys = async (page: Page): Promise<unknown> =>
  JSON.parse(await page.evaluate("JSON.stringify(Object.keys(localStorage).sort())"));
const kept = (page: Page): Promise<string> => page.evaluate("JSON.stringify({ ...localStorage })");

/** A page of alice's, with everything of hers that a browser keeps. */
async function setUp() {
  const { url } = await startPageApp(
    { answer: STORY, tokensPerSecond: 300 },
    {
      AUTH_MODE: "header",
      AUTH_USERID_HEADER: "X-Forwarded-User",
      BRANDING: JSON.stringify({ notice: "Maintenance on Friday" }),
    },
  );
  const proxy = await startIdentityProxy(url, "alice");
  const page = await visit(proxy.url);
  await page.getByRole("button", { name: "Dismiss" }).click();
  await askOn(page, "My secret");
  await wholeAnswer(page);
  await expect.poll(() => keptOnDevice(page)).toContain("My secret");
  await page.getByRole("button", { name: "New chat" }).click();
  await page.getByRole("button", { name: "Chat settings" }).click();
  await page.getByRole("textbox", { name: "System prompt" }).fill("I am alice");
  await expect.poll(() => kept(page)).toContain("I am alice");
  await page.keyboard.press("Escape");
  await boxOf(page).fill("my draft");
  await expect.poll(() => kept(page)).toContain("my draft");
  return { proxy, page };
}

/** Bob's page as if he had never been here after anyone. */
async function isBobsAlone(page: Page): Promise<void> {
  await expect.poll(() => statusOf(page).innerText()).toBe("Live");
  expect(await page.getByText("My secret").count()).toBe(0);
  expect(await boxOf(page).inputValue()).toBe("");
  await page.getByText("Maintenance on Friday").waitFor();
  await expect.poll(() => keptKeys(page)).toEqual(["chatbot:user"]);
  expect(await kept(page)).toContain("bob");
  await expect.poll(() => keptOnDevice(page)).not.toContain("alice");
  expect(await keptOnDevice(page)).not.toContain("My secret");
}

test("when someone else signs in, nothing of the one before is left on the page", async () => {
  const { proxy, page } = await setUp();
  proxy.signedIn = undefined;
  proxy.cut();
  await expect.poll(() => statusOf(page).innerText()).toBe("Signed out");
  proxy.signedIn = "bob";
  await page.evaluate("dispatchEvent(new Event('focus'))");
  await page.waitForURL(proxy.url);
  await isBobsAlone(page);
}, 40_000);

test("who opens the page after someone else sees nothing of theirs, not even for a moment", async () => {
  const { proxy, page } = await setUp();
  const other = await page.context().newPage();
  await other.goto(`${proxy.url}/`);
  await expect.poll(() => boxOf(other).inputValue()).toBe("my draft");
  const asked = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<void>();
  await page.goto("about:blank");
  await page.route("**/api/session", async (route) => {
    asked.resolve();
    await answered.promise;
    await route.continue();
  });
  await page.routeWebSocket("**/api/ws", async (socket) => {
    await answered.promise;
    socket.connectToServer();
  });
  proxy.signedIn = "bob";
  await page.goto(proxy.url);
  await asked.promise;
  await boxOf(page).waitFor();
  expect(await boxOf(page).inputValue()).toBe("");
  answered.resolve();
  await isBobsAlone(page);
  // Her page in another tab is his as well, and brings nothing of hers back.
  await isBobsAlone(other);
}, 40_000);

test("a draft waits for its writer to be known, and joins what was written meanwhile", async () => {
  const { proxy, page } = await setUp();
  const answered = Promise.withResolvers<void>();
  await page.route("**/api/session", async (route) => {
    await answered.promise;
    await route.continue();
  });
  await page.goto(proxy.url);
  await boxOf(page).fill("and more");
  answered.resolve();
  await expect.poll(() => boxOf(page).inputValue()).toBe("my draft\nand more");
  await page.reload();
  await expect.poll(() => boxOf(page).inputValue()).toBe("my draft\nand more");
}, 40_000);
