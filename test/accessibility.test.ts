import type { Page } from "playwright-core";
import { describe, expect, onTestFinished, test } from "vitest";
import { ar } from "../web/src/i18n/ar.ts";
import { en } from "../web/src/i18n/en.ts";
import type { Words } from "../web/src/i18n/words.ts";
import { startApp } from "./app-process.ts";
import { violationsInBothThemes } from "./axe.ts";
import { useBrowser } from "./browser.ts";
import { createModelServer } from "./model-server.ts";
import { startRedisServer } from "./redis-server.ts";

const visit = useBrowser();
const STORY = Array.from({ length: 400 }, (_, line) => `Sentence ${line} of the story. `).join("");
const RICH = `# Title

A paragraph with \`code\`, **strong**, a [link](https://example.test/page) and a formula $a^2$.

- [x] done
- [ ] to do

1. one
2. two

> A quotation.[^1]

\`\`\`js
const answer = "42"; // a comment
\`\`\`

| Name | Value |
|:-----|------:|
| a    | 1     |

$$\\int_0^1 x^2 dx$$

![A cat](https://elsewhere.test/cat.png)

[^1]: A note.`;

async function setUp() {
  const redis = await startRedisServer();
  onTestFinished(() => redis.stop());
  const model = await createModelServer({
    tokensPerSecond: 60,
    answer: ({ question }) => (question === "story" ? STORY : RICH),
  });
  onTestFinished(() => model.close());
  const app = await startApp({
    AUTH_MODE: "dev",
    REDIS_OM_URL: redis.url,
    INFERENCE_SERVER_URL: model.url,
    RETRY_SECONDS: "0",
    WORKER_CONCURRENCY: "1",
  });
  return { model, url: app.url };
}

/** Finds the page's parts by their names in one language. */
function partsOf(page: Page, words: Words) {
  const button = (name: string) => page.getByRole("button", { name, exact: true });
  return {
    button,
    menu: async () => {
      const item = page
        .getByRole("navigation", { name: words.sidebar.conversations })
        .getByRole("listitem")
        .first();
      await item.hover();
      await item.getByRole("button", { name: words.conversationMenu.options }).click();
      await page.getByRole("menu").waitFor();
    },
    ask: async (question: string) => {
      await page.getByRole("textbox", { name: words.composer.message, exact: true }).fill(question);
      await page.keyboard.press("Enter");
    },
    answer: () => page.getByRole("article", { name: words.answer.assistant }).last(),
    whole: async () => {
      const answer = page.getByRole("article", { name: words.answer.assistant }).last();
      await answer.getByRole("button", { name: words.common.copy, exact: true }).waitFor();
    },
    closeDialog: async () => {
      await page.keyboard.press("Escape");
      await expect.poll(() => page.locator("dialog[open], :popover-open").count()).toBe(0);
    },
  };
}

describe.each([
  ["in English", "en-GB", en],
  ["in Arabic, from right to left", "ar-EG", ar],
] as const)("axe finds nothing %s", (_, locale, words) => {
  test("while one reads and writes", { timeout: 120_000 }, async () => {
    const { model, url } = await setUp();
    const page = await visit(url, { locale, viewport: { width: 1440, height: 900 } });
    const { answer, ask, button, whole } = partsOf(page, words);
    await button(words.sidebar.newChat).first().waitFor();
    expect(await violationsInBothThemes(page), "empty").toEqual([]);
    await ask("story");
    await expect.poll(() => answer().innerText()).toContain("Sentence 3");
    expect(await violationsInBothThemes(page), "streaming").toEqual([]);
    await button(words.sidebar.newChat).first().click();
    await ask("rich");
    await page.getByText(words.queue.next).first().waitFor();
    expect(await violationsInBothThemes(page), "queued").toEqual([]);
    await page.goBack();
    await button(words.composer.stop).click();
    await button(words.answer.continue).waitFor();
    expect(await violationsInBothThemes(page), "stopped").toEqual([]);
    await page.goForward();
    await whole();
    await page.locator("math, .katex").first().waitFor();
    expect(await violationsInBothThemes(page), "code, table, formulas").toEqual([]);
    await button(words.answer.details).click();
    await answer().hover();
    expect(await violationsInBothThemes(page), "details").toEqual([]);
    await button(words.messages.edit).first().click();
    expect(await violationsInBothThemes(page), "editing").toEqual([]);
    await button(words.common.cancel).click();
    model.fault({ type: "status", status: 503 });
    await ask("more");
    await button(words.answer.retry).waitFor();
    expect(await violationsInBothThemes(page), "failed").toEqual([]);
    await page.goto(`${url}/c/00000000-0000-4000-8000-000000000000`);
    await page.getByText(words.greeting.missing).waitFor();
    expect(await violationsInBothThemes(page), "missing").toEqual([]);
  });

  test("in menus, dialogs and what is shared", { timeout: 120_000 }, async () => {
    const { url } = await setUp();
    const page = await visit(url, { locale, viewport: { width: 1440, height: 900 } });
    const { ask, button, closeDialog, menu, whole } = partsOf(page, words);
    await ask("rich");
    await whole();
    await menu();
    expect(await violationsInBothThemes(page), "menu").toEqual([]);
    await page.getByRole("menuitem", { name: words.conversationMenu.rename }).click();
    expect(await violationsInBothThemes(page), "renaming").toEqual([]);
    await page.keyboard.press("Escape");
    await menu();
    await page.getByRole("menuitem", { name: words.conversationMenu.export }).click();
    await page.getByRole("dialog").waitFor();
    expect(await violationsInBothThemes(page), "export").toEqual([]);
    await closeDialog();
    await menu();
    await page.getByRole("menuitem", { name: words.conversationMenu.share }).click();
    await button(words.share.create).click();
    const link = page.getByRole("textbox", { name: words.share.link });
    await expect.poll(() => link.inputValue()).toContain("/share/");
    const shared = await link.inputValue();
    expect(await violationsInBothThemes(page), "share").toEqual([]);
    await closeDialog();
    await button(words.settings.title).click();
    await page.getByRole("dialog", { name: words.settings.title }).waitFor();
    expect(await violationsInBothThemes(page), "settings").toEqual([]);
    await closeDialog();
    await page.locator(".account").click();
    expect(await violationsInBothThemes(page), "account").toEqual([]);
    await page.getByRole("button", { name: words.account.shortcuts }).click();
    await page.getByRole("dialog", { name: words.shortcuts.title }).waitFor();
    expect(await violationsInBothThemes(page), "shortcuts").toEqual([]);
    await closeDialog();
    await page.keyboard.press("ControlOrMeta+K");
    await page.getByRole("combobox", { name: words.palette.placeholder }).fill("a");
    expect(await violationsInBothThemes(page), "palette").toEqual([]);
    await closeDialog();
    await page.getByRole("searchbox").fill("paragraph");
    await page
      .getByRole("link", { name: /paragraph/i })
      .first()
      .waitFor();
    expect(await violationsInBothThemes(page), "search").toEqual([]);
    await page.goto(shared);
    await page.getByRole("article").last().waitFor();
    expect(await violationsInBothThemes(page), "what is shared").toEqual([]);
  });

  test("on a phone", { timeout: 120_000 }, async () => {
    const { url } = await setUp();
    const page = await visit(url, {
      locale,
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      isMobile: true,
    });
    const { ask, button, whole } = partsOf(page, words);
    await page.getByRole("textbox", { name: words.composer.message, exact: true }).waitFor();
    expect(await violationsInBothThemes(page), "empty").toEqual([]);
    await ask("rich");
    await whole();
    expect(await violationsInBothThemes(page), "an answer").toEqual([]);
    await button(words.app.showConversations).tap();
    await page.getByRole("navigation", { name: words.sidebar.conversations }).waitFor();
    expect(await violationsInBothThemes(page), "drawer").toEqual([]);
  });
});
