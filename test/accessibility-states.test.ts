import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { ar } from "../web/src/i18n/ar.ts";
import { en } from "../web/src/i18n/en.ts";
import { violationsInBothThemes } from "./axe.ts";
import { useBrowser } from "./browser.ts";
import { startIdentityProxy } from "./identity-proxy.ts";
import { keptOnDevice } from "./in-page.ts";
import { STORY, startPageApp } from "./page-app.ts";

const visit = useBrowser();
const answer = ({ question }: { question: string }) => (question === "story" ? STORY : "ok");
const WIDE = { viewport: { width: 1440, height: 900 } };

async function expectNothing(page: Page, state: string): Promise<void> {
  expect(await violationsInBothThemes(page), state).toEqual([]);
}

async function ask(page: Page, question: string): Promise<void> {
  await page.locator("#message").fill(question);
  await page.keyboard.press("Enter");
}

describe.each([
  ["in English", "en-GB", en],
  ["in Arabic, from right to left", "ar-EG", ar],
] as const)("axe finds nothing %s", (_, locale, words) => {
  const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });
  const lastAnswer = (page: Page) =>
    page.getByRole("article", { name: words.answer.assistant }).last();

  test("while one is signed out, with a window and where none may open", async () => {
    const { url } = await startPageApp(
      { answer },
      { AUTH_MODE: "header", AUTH_USERID_HEADER: "X-Forwarded-User" },
    );
    const proxy = await startIdentityProxy(url, "alice");
    const page = await visit(proxy.url, { locale, ...WIDE });
    await page.addInitScript("window.open = () => null");
    await page.reload();
    await ask(page, "hello");
    await button(page, words.answer.regenerate).waitFor();
    proxy.signedIn = undefined;
    proxy.cut();
    const signIn = button(page, words.connection.signIn);
    await signIn.first().waitFor();
    await expectNothing(page, "signed out");
    await signIn.first().click();
    await page.getByRole("link", { name: words.signIn.newTab }).waitFor();
    await expectNothing(page, "no window");
  }, 60_000);

  test("offline, with a copy and without", async () => {
    const { url } = await startPageApp({ answer });
    const page = await visit(url, { locale, ...WIDE });
    await ask(page, "to be kept");
    await button(page, words.answer.regenerate).waitFor();
    await page.evaluate("navigator.serviceWorker.ready.then(() => undefined)");
    await expect.poll(() => keptOnDevice(page)).toContain("to be kept");
    await page.context().setOffline(true);
    await page.reload();
    await page.getByRole("note").waitFor();
    await expect.poll(() => lastAnswer(page).innerText()).toContain("ok");
    await expectNothing(page, "a copy");
    await page.goto(`${url}/c/00000000-0000-4000-8000-000000000000`);
    await page.getByText(words.offline.notKept).waitFor();
    await expectNothing(page, "no copy");
    await page.goto(url);
    await page.getByText(words.offline.draft).waitFor();
    await expectNothing(page, "a new chat");
  }, 60_000);

  test("with the administrators' notice, what could not be imported, and no model", async () => {
    const branding = { name: "Harbour", accent: "#e4b400", notice: "Maintenance", rules: "/rules" };
    const models = [{ id: "away", engines: [{ type: "tgi", url: "http://127.0.0.1:9" }] }];
    const { url } = await startPageApp(
      { answer },
      { BRANDING: JSON.stringify(branding), MODELS: JSON.stringify(models) },
    );
    const page = await visit(url, { locale, ...WIDE });
    await page.getByRole("complementary", { name: words.notice.notice }).waitFor();
    await page.locator(".model-notice").waitFor();
    const transfer = await page.evaluateHandle(
      "(() => { const data = new DataTransfer(); data.items.add(new File(['x'], 'x.txt')); return data; })()",
    );
    await page.locator("conversation-sidebar").dispatchEvent("drop", { dataTransfer: transfer });
    await page.getByText(words.transfer.notAnExport("x.txt")).waitFor();
    await expectNothing(page, "notices");
  }, 60_000);

  test("where no model server is connected", async () => {
    const { url } = await startPageApp({}, { INFERENCE_SERVER_URL: "" });
    const page = await visit(url, { locale, ...WIDE });
    await page.locator("#message").waitFor();
    await expectNothing(page, "a new chat");
    const demo = page.getByRole("complementary", { name: words.demo.demo });
    if ((await demo.count()) > 0) {
      await demo.locator("summary").click();
      await expectNothing(page, "how to connect one");
    }
  }, 60_000);

  test("while a follow-up waits, is rewritten, and is held back by Stop", async () => {
    const { url } = await startPageApp({ answer, tokensPerSecond: 10 });
    const page = await visit(url, { locale, ...WIDE });
    await ask(page, "story");
    await expect.poll(() => lastAnswer(page).innerText()).toContain("Sentence 0");
    await ask(page, "second");
    await page.getByText(words.followUp.queued).waitFor();
    await expectNothing(page, "a follow-up");
    await page.locator(".queued-actions .edit").click();
    await page.getByRole("textbox", { name: words.messages.editedText }).waitFor();
    await expectNothing(page, "rewriting it");
    await button(page, words.common.cancel).click();
    await button(page, words.composer.stop).click();
    await page.getByText(words.followUp.stopped).waitFor();
    await expectNothing(page, "held back");
  }, 60_000);

  test("in the menu of models, in a note on an answer, and after a link is revoked", async () => {
    const models = ["echo", "rules"].map((type) => ({
      id: type,
      engines: [{ type, delayMs: 0 }],
    }));
    const { url } = await startPageApp({}, { MODELS: JSON.stringify(models) });
    const page = await visit(url, { locale, ...WIDE });
    await ask(page, "hello");
    await button(page, words.answer.regenerateWith).click();
    await page.getByRole("menuitem").first().waitFor();
    await expectNothing(page, "menu of models");
    await page.keyboard.press("Escape");
    await button(page, words.answer.bad).click();
    await lastAnswer(page).getByRole("textbox").fill("Too short");
    await expectNothing(page, "a note");
    const id = new URL(page.url()).pathname.split("/").at(-1);
    const path = `${url}/api/conversations/${id}/share`;
    const shared = (await (await page.request.post(path, { data: {} })).json()) as { url: string };
    await page.request.delete(path);
    await page.goto(new URL(shared.url, url).href);
    await page.getByRole("heading").first().waitFor();
    await expectNothing(page, "a revoked link");
  }, 60_000);
});
