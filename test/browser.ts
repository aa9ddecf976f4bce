import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished } from "vitest";

/** Of Debian's package; `npm test` says where it is. */
const EXECUTABLE = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A real Chromium for the tests of one file. */
export function useBrowser() {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: EXECUTABLE, args: FLAGS });
  });
  afterAll(() => browser.close());

  /**
   * A new page of a new person; fails the test if a script failed or a request left the origin.
   * @param also other origins that it may be led to.
   */
  return async function visit(
    url: string,
    options: BrowserContextOptions = {},
    also: readonly string[] = [],
  ): Promise<Page> {
    const context = await browser.newContext({ locale: "en-GB", ...options });
    const wrong: string[] = [];
    context.on("weberror", (error) => wrong.push(String(error.error())));
    context.on("request", (request) => {
      const { origin, protocol } = new URL(request.url());
      const allowed = origin === new URL(url).origin || also.includes(origin);
      if (protocol !== "data:" && protocol !== "blob:" && !allowed) {
        wrong.push(`request to ${origin}`);
      }
    });
    onTestFinished(async () => {
      await context.close();
      expect(wrong).toEqual([]);
    });
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    await page.goto(url);
    return page;
  };
}

/** Asks on a page, as a person does. */
export async function askOn(page: Page, question: string): Promise<void> {
  await page.getByRole("textbox", { name: "Message" }).fill(question);
  await page.keyboard.press("Enter");
}

/** The last answer on a page. */
export function lastAnswer(page: Page) {
  return page.getByRole("article", { name: /^Assistant/ }).last();
}

/** Waits until the last answer is whole, and gives its text without the buttons. */
export async function wholeAnswer(page: Page): Promise<string> {
  const answer = lastAnswer(page);
  await answer.getByRole("button", { name: "Copy", exact: true }).waitFor({ timeout: 40_000 });
  await expect.poll(() => answer.getAttribute("aria-busy")).not.toBe("true");
  // Until it is rendered it stands there as it was written.
  await expect.poll(() => answer.locator("markdown-view > .plain").count()).toBe(0);
  return (await answer.innerText()).trim();
}
