import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { ar } from "../../web/src/i18n/ar.ts";
import { en } from "../../web/src/i18n/en.ts";
import type { Words } from "../../web/src/i18n/words.ts";
import { useBrowser } from "../browser.ts";
import { STORY, startPageApp } from "../page-app.ts";
import { arabicAnswer, richAnswer } from "./answers.ts";

const FOLDER = fileURLToPath(new URL("../../.screenshots", import.meta.url));
const WIDTHS = [390, 820, 1440] as const;
const visit = useBrowser();

/** Pictures of every state, one file each: `<width>-<theme>-<state>.png`, RTL ones under `ar-`. */
describe.each([
  ["", "en-GB", en],
  ["ar-", "ar-EG", ar],
] as const)("pictures %s", (prefix, locale, words) => {
  test.each(WIDTHS)("at %i px", { timeout: 240_000 }, async (width) => {
    await mkdir(FOLDER, { recursive: true });
    const { model, url } = await startPageApp(
      {
        tokensPerSecond: 60,
        answer: ({ question }) =>
          question.length > 60 ? STORY : locale === "ar-EG" ? arabicAnswer : richAnswer,
      },
      { WORKER_CONCURRENCY: "1" },
    );
    const page = await visit(url, {
      locale,
      viewport: { width, height: width === 390 ? 844 : 900 },
      hasTouch: width === 390,
    });
    const take = (state: string) => picture(page, `${prefix}${width}`, state);
    await states({
      page,
      words,
      take,
      url,
      fail: () => model.fault({ type: "status", status: 503 }),
    });
  });
});

interface Stage {
  readonly page: Page;
  readonly words: Words;
  readonly url: string;
  readonly take: (state: string) => Promise<void>;
  /** The model server refuses the next question. */
  readonly fail: () => void;
}

const LONG = "Tell me the whole story, from its first sentence to its very last one, please.";

async function states({ page, words, take, url, fail }: Stage): Promise<void> {
  const button = (name: string) => page.getByRole("button", { name, exact: true }).first();
  const box = page.getByRole("textbox", { name: words.composer.message, exact: true });
  const answer = page.getByRole("article", { name: words.answer.assistant }).last();
  const ask = async (question: string) => {
    await box.fill(question);
    await page.keyboard.press("Enter");
  };
  await box.waitFor();
  await take("empty");
  await ask("What does a good answer look like?");
  await expect.poll(() => answer.innerText()).toContain("1");
  await take("streaming");
  await answer.getByRole("button", { name: words.common.copy, exact: true }).waitFor();
  await page.locator(".katex").first().waitFor();
  await take("answer-end");
  await answer.hover();
  await page.mouse.wheel(0, -10_000);
  const scrolled = () => page.evaluate(`document.querySelector(".scroller").scrollTop`);
  await expect.poll(scrolled).toBe(0);
  await take("answer-top");
  await button(words.answer.details).click();
  await take("details");
  fail();
  await ask("Once more.");
  await button(words.answer.retry).waitFor();
  await take("failed");
  const first = page.url();
  await page.goto(url);
  await ask(LONG);
  await expect.poll(() => answer.innerText()).toContain("Sentence 3");
  await page.goto(first);
  await ask("And another?");
  await page.getByText(words.queue.next).first().waitFor();
  await take("queued");
  await button(words.composer.stop).click();
  await take("stopped");
  await windows({ page, words, take, url });
}

async function windows({ page, words, take, url }: Omit<Stage, "fail">): Promise<void> {
  const button = (name: string) => page.getByRole("button", { name, exact: true }).first();
  const close = async () => {
    await page.keyboard.press("Escape");
    await expect.poll(() => page.locator("dialog[open], :popover-open").count()).toBe(0);
  };
  await button(words.settings.title).click();
  await take("settings");
  await close();
  await page.keyboard.press("ControlOrMeta+K");
  await page.getByRole("combobox", { name: words.palette.placeholder }).waitFor();
  await take("palette");
  await close();
  const phone = (page.viewportSize()?.width ?? 0) < 800;
  if (phone) {
    await button(words.app.showConversations).click();
    await take("drawer");
  }
  await page.getByRole("searchbox").fill("1");
  await expect.poll(() => page.locator("mark").count()).toBeGreaterThan(0);
  await take("search");
  await page.getByRole("searchbox").fill("");
  const row = page
    .getByRole("navigation", { name: words.sidebar.conversations })
    .getByRole("listitem")
    .first();
  await row.hover();
  await row.getByRole("button", { name: words.conversationMenu.options }).click();
  await take("menu");
  await page.getByRole("menuitem", { name: words.conversationMenu.share }).click();
  await button(words.share.create).click();
  const link = page.getByRole("textbox", { name: words.share.link });
  await expect.poll(() => link.inputValue()).toContain("/share/");
  await take("share");
  await page.goto(await link.inputValue());
  await page.getByRole("article").last().waitFor();
  await take("shared-page");
  await page.goto(`${url}/c/00000000-0000-4000-8000-000000000000`);
  await page.getByText(words.greeting.missing).waitFor();
  await take("missing");
}

/** The page as it is, in both themes, at rest but for what streams. */
async function picture(page: Page, size: string, state: string): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const path = join(FOLDER, `${size}-${colorScheme}-${state}.png`);
    await rm(path, { force: true });
    await page.screenshot({ path, animations: "disabled" });
  }
}
