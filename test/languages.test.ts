import type { Page } from "playwright-core";
import { expect, onTestFinished, test } from "vitest";
import { de } from "../web/src/i18n/de.ts";
import { en } from "../web/src/i18n/en.ts";
import { startApp } from "./app-process.ts";
import { useBrowser } from "./browser.ts";
import { startRedisServer } from "./redis-server.ts";

const visit = useBrowser();

async function start(): Promise<string> {
  const redis = await startRedisServer();
  onTestFinished(() => redis.stop());
  const app = await startApp({
    AUTH_MODE: "dev",
    REDIS_OM_URL: redis.url,
    MODELS: '[{"id":"echo","name":"Echo","engines":[{"type":"echo"}]}]',
  });
  return app.url;
}

const langOf = (page: Page) => page.evaluate("document.documentElement.lang");
const dirOf = (page: Page) => page.evaluate("document.documentElement.dir");

test.each([
  ["de-AT", "de", "ltr", "Nachricht"],
  ["zh-CN", "zh-Hans", "ltr", "消息"],
  ["ar-EG", "ar", "rtl", "الرسالة"],
  ["fr-FR", "en", "ltr", "Message"],
])("a reader of %s sees the page in %s", async (locale, lang, dir, box) => {
  const page = await visit(await start(), { locale });
  await page.getByRole("textbox", { name: box, exact: true }).waitFor();
  expect(await langOf(page)).toBe(lang);
  expect(await dirOf(page)).toBe(dir);
});

test("without JavaScript the page says what it needs, in every language", async () => {
  const page = await visit(await start(), { javaScriptEnabled: false });
  const lines = page.locator("noscript p");
  await lines.first().waitFor();
  await expect.poll(() => lines.count()).toBe(4);
  for (const text of await lines.allInnerTexts()) expect(text).toContain("JavaScript");
  await expect.poll(() => lines.last().getAttribute("dir")).toBe("rtl");
});

test("nothing is drawn in another language first", async () => {
  const url = await start();
  const page = await visit(url, { locale: "ar-EG" });
  const seen: string[] = [];
  await page.exposeFunction("saw", (text: string) => seen.push(text));
  await page.addInitScript(`new MutationObserver(() => {
    const box = document.querySelector("#message");
    if (box) saw(document.documentElement.dir + " " + box.getAttribute("aria-label"));
  }).observe(document, { childList: true, subtree: true, attributes: true })`);
  await page.reload();
  await page.getByRole("textbox", { name: "الرسالة", exact: true }).waitFor();
  await expect.poll(() => seen.length).toBeGreaterThan(0);
  expect(new Set(seen)).toEqual(new Set(["rtl الرسالة"]));
});

test("a reader of English loads no other language", async () => {
  const url = await start();
  const page = await visit(url, { locale: "en-GB" });
  const asked: string[] = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await page.reload();
  await page.getByRole("textbox", { name: "Message" }).waitFor();
  expect(asked.filter((path) => /\/(?:de|zh|ar)-[^/]*\.js$/.test(path))).toEqual([]);
});

test("the language is switched without a reload, in every tab, and for good", async () => {
  const url = await start();
  const page = await visit(url);
  const tab = await page.context().newPage();
  await tab.goto(url);
  await tab.getByRole("textbox", { name: "Message" }).waitFor();
  await page.getByRole("textbox", { name: "Message" }).fill("half a thought");
  await page.getByRole("button", { name: /^Account/ }).click();
  await page.getByRole("combobox", { name: "Language" }).selectOption("de");
  const box = page.getByRole("textbox", { name: "Nachricht", exact: true });
  await box.waitFor();
  await expect.poll(() => box.inputValue()).toBe("half a thought");
  expect(await langOf(page)).toBe("de");
  await page.getByRole("combobox", { name: "Sprache" }).waitFor();
  await tab.getByRole("textbox", { name: "Nachricht", exact: true }).waitFor();
  await page.reload();
  await box.waitFor();
});

test("an answer that is on the screen speaks the new language too", async () => {
  const url = await start();
  const page = await visit(url);
  const table = "| a | b |\n|---|---|\n| 1 | 2 |";
  const first = `${table}\n\n- [x] one\n- [ ] two\n\n~~~\ncode\n~~~\n\nText.[^1]\n\n[^1]: Note.`;
  await page.getByRole("textbox", { name: "Message" }).fill(`${first}\n\n${table}`);
  await page.keyboard.press("Enter");
  await page.locator("article[aria-busy=false]").last().waitFor();
  const answer = page.getByRole("article").last();
  await expect.poll(() => answer.getByRole("group", { name: "Table" }).count()).toBe(2);
  await page.getByRole("button", { name: /^Account/ }).click();
  await page.getByRole("combobox", { name: "Language" }).selectOption("de");
  await expect.poll(() => answer.getByRole("group", { name: "Tabelle" }).count()).toBe(2);
  await answer.getByRole("img", { name: de.markdown.done }).waitFor();
  await answer.getByRole("img", { name: de.markdown.toDo }).waitFor();
  await answer.getByRole("button", { name: de.markdown.copyCode }).waitFor();
  await answer.locator(`[aria-label="${de.markdown.footnote("1")}"]`).waitFor();
  await answer.getByRole("button", { name: de.answer.regenerate, exact: true }).waitFor();
  const { table: english, done, toDo, copyCode } = en.markdown;
  for (const word of [english, done, toDo, copyCode]) {
    expect(await answer.locator(`[aria-label="${word}"]`).count(), word).toBe(0);
  }
});

test("a chosen language goes before the browser's, and is chosen from the palette too", async () => {
  const url = await start();
  const page = await visit(url, { locale: "de-DE" });
  await page.getByRole("textbox", { name: "Nachricht", exact: true }).waitFor();
  await page.keyboard.press("ControlOrMeta+K");
  await page.getByRole("combobox", { name: "Befehle und Unterhaltungen suchen" }).fill("arabic");
  await page.getByRole("option", { name: /العربية/ }).waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("textbox", { name: "الرسالة", exact: true }).waitFor();
  expect(await dirOf(page)).toBe("rtl");
  const side = await page.getByRole("complementary").first().boundingBox();
  expect(side?.x).toBeGreaterThan(600);
});

test.each(["en-GB", "de-DE", "ar-EG"])(
  "in %s nothing is cut off at 320 pixels, nor on a small screen at twice the size",
  async (locale) => {
    const url = await start();
    const page = await visit(url, { locale, viewport: { width: 320, height: 640 } });
    await page.locator("#message").fill(`${"word ".repeat(40)}\n\n${"long".repeat(60)}`);
    await page.keyboard.press("Enter");
    await page.locator("article[aria-busy=false]").last().waitFor();
    for (const [width, height] of [
      [320, 640],
      [640, 400],
      [720, 450],
    ] as const) {
      await page.setViewportSize({ width, height });
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
      const cut = `[...document.querySelectorAll("button, textarea, select, h1, p, article")]
        .filter((one) => one.checkVisibility({ opacityProperty: true, visibilityProperty: true }))
        .filter((one) => !one.closest(".visually-hidden, .skip, dialog:not([open])"))
        .map((one) => [one, one.getBoundingClientRect()])
        .filter(([, { left, right, width }]) => width > 0 && (left < -1 || right > innerWidth + 1))
        .map(([one]) => one.outerHTML.slice(0, 120))`;
      expect(await page.evaluate(cut), `${width} wide`).toEqual([]);
    }
  },
);

test("in forced colours every state is told by more than a background", async () => {
  const url = await start();
  const page = await visit(url);
  await page.locator("#message").fill("hello");
  await page.keyboard.press("Enter");
  await page.locator("article[aria-busy=false]").last().waitFor();
  await page.emulateMedia({ forcedColors: "active" });
  const border = (selector: string) =>
    page.evaluate(
      `parseFloat(getComputedStyle(document.querySelector(${JSON.stringify(selector)})).borderTopWidth)`,
    );
  for (const selector of [".bubble", ".round", ".row[data-current]", ".box"]) {
    expect(await border(selector), selector).toBeGreaterThan(0);
  }
  const dot = await page.evaluate(
    "getComputedStyle(document.querySelector('.connection .dot')).backgroundColor !== getComputedStyle(document.body).backgroundColor",
  );
  expect(dot).toBe(true);
});
