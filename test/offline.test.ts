import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { startApp } from "./app-process.ts";
import { askOn, lastAnswer, useBrowser, wholeAnswer } from "./browser.ts";
import { startIdentityProxy } from "./identity-proxy.ts";
import { cachedAddresses, keptOnDevice } from "./in-page.ts";
import { startPageApp } from "./page-app.ts";

const visit = useBrowser();
const statusOf = (page: Page) => page.getByRole("status", { name: "Connection" });
const boxOf = (page: Page) => page.getByRole("textbox", { name: "Message" });
const conversations = (page: Page) => page.getByRole("navigation", { name: "Conversations" });
const answer = ({ question }: { question: string }) => `You said: **${question}**`;

/** Until the page can open without a network, and has kept what it shows. */
async function untilKept(page: Page, text: string): Promise<void> {
  await page.evaluate("navigator.serviceWorker.ready.then(() => undefined)");
  await expect.poll(() => keptOnDevice(page)).toContain(text);
}

test("without a network one finds what one has read, and is told so; with it all is live again", async () => {
  const { url } = await startPageApp({ answer });
  const page = await visit(url);
  await askOn(page, "to be kept");
  await wholeAnswer(page);
  await untilKept(page, "to be kept");
  await page.context().setOffline(true);
  await page.reload();

  await expect.poll(() => statusOf(page).innerText()).toBe("Offline");
  await expect.poll(() => lastAnswer(page).innerText()).toContain("You said: to be kept");
  await expect.poll(() => lastAnswer(page).locator("strong").innerText()).toBe("to be kept");
  await page.getByText(/^You are offline\. This is the copy kept on this device on /).waitFor();
  await conversations(page).getByRole("link").first().waitFor();
  await boxOf(page).fill("for later");
  expect(await page.getByRole("button", { name: "Send" }).isDisabled()).toBe(true);

  await page.goto(`${url}/c/00000000-0000-4000-8000-000000000000`);
  await page.getByText("no copy of this conversation is kept").waitFor();
  await conversations(page).getByRole("link").first().click();
  await expect.poll(() => lastAnswer(page).innerText()).toContain("to be kept");

  await page.context().setOffline(false);
  await expect.poll(() => statusOf(page).innerText()).toBe("Live");
  await expect.poll(() => page.getByText(/^You are offline/).count()).toBe(0);
  await expect.poll(() => boxOf(page).inputValue()).toBe("for later");
  await page.getByRole("button", { name: "Send" }).click();
  await expect.poll(() => lastAnswer(page).innerText()).toContain("You said: for later");
});

test("a deleted conversation is not kept either", async () => {
  const { url } = await startPageApp({ answer });
  const page = await visit(url);
  await askOn(page, "soon gone");
  await wholeAnswer(page);
  await untilKept(page, "soon gone");
  const { origin, pathname } = new URL(page.url());
  await page.request.delete(`${origin}/api/conversations/${pathname.split("/").at(-1)}`);
  await expect.poll(() => keptOnDevice(page)).not.toContain("soon gone");
});

test("nothing is left on the device of who is signed out, and the API's answers never were", async () => {
  const env = { AUTH_MODE: "header", AUTH_USERID_HEADER: "X-Forwarded-User" };
  const { url } = await startPageApp({ answer }, env);
  const proxy = await startIdentityProxy(url, "alice");
  const page = await visit(proxy.url);
  await askOn(page, "my secret");
  await wholeAnswer(page);
  await untilKept(page, "my secret");
  const cached = await cachedAddresses(page);
  expect(cached.length).toBeGreaterThan(0);
  expect(cached.filter((address) => address.includes("/api/"))).toEqual([]);
  proxy.signedIn = undefined;
  proxy.cut();
  await expect.poll(() => statusOf(page).innerText()).toBe("Signed out");
  await expect.poll(() => keptOnDevice(page)).not.toContain("my secret");
});

test("the page opens while the server is away, and is live when it is back", async () => {
  const { url, app, settings } = await startPageApp({ answer });
  const page = await visit(url);
  await askOn(page, "to be kept");
  await wholeAnswer(page);
  await untilKept(page, "to be kept");
  await app.end();
  await page.reload();
  await expect.poll(() => statusOf(page).innerText()).toBe("Reconnecting");
  await expect.poll(() => lastAnswer(page).innerText()).toContain("to be kept");
  await startApp({ ...settings, PORT: new URL(url).port });
  await expect.poll(() => statusOf(page).innerText(), { timeout: 20_000 }).toBe("Live");
}, 40_000);

test("the page can be installed", async () => {
  const { url } = await startPageApp({ answer });
  const page = await visit(url);
  const href = await page.locator("link[rel=manifest]").getAttribute("href");
  const manifest = (await (await page.request.get(`${url}${href}`)).json()) as {
    name: string;
    display: string;
    icons: { src: string; sizes: string; purpose?: string }[];
  };
  expect(manifest).toMatchObject({ name: "Chatbot", display: "standalone" });
  const sizes = manifest.icons.map(({ sizes, purpose }) => `${sizes} ${purpose ?? "any"}`);
  expect(sizes).toEqual(expect.arrayContaining(["192x192 any", "512x512 any", "512x512 maskable"]));
  for (const { src } of manifest.icons) {
    expect((await page.request.get(`${url}${src}`)).status()).toBe(200);
  }
  const touch = await page.locator("link[rel=apple-touch-icon]").getAttribute("href");
  expect((await page.request.get(`${url}${touch}`)).headers()["content-type"]).toBe("image/png");
});
