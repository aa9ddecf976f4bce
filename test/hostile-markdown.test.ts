import type { Page } from "playwright-core";
import { expect, onTestFinished, test } from "vitest";
import { ENDLESS_LINE, HOSTILE } from "../web/src/markdown/hostile.test-data.ts";
import { startApp } from "./app-process.ts";
import { askOn, lastAnswer, useBrowser, wholeAnswer } from "./browser.ts";
import { createModelServer } from "./model-server.ts";
import { startRedisServer } from "./redis-server.ts";

const visit = useBrowser();
const ANSWERS: Readonly<Record<string, string>> = { ...HOSTILE, endless: ENDLESS_LINE };

async function setUp(tokensPerSecond = 3_000) {
  const redis = await startRedisServer();
  onTestFinished(() => redis.stop());
  const model = await createModelServer({
    answer: ({ question }) => ANSWERS[question] ?? "unknown",
    tokensPerSecond,
  });
  onTestFinished(() => model.close());
  const app = await startApp({
    AUTH_MODE: "dev",
    REDIS_OM_URL: redis.url,
    INFERENCE_SERVER_URL: model.url,
  });
  return app.url;
}

/** What the page's policy had to stop, and dialogs that opened. */
async function watch(page: Page): Promise<() => Promise<readonly string[]>> {
  const seen: string[] = [];
  page.on("dialog", (dialog) => {
    seen.push(dialog.message());
    void dialog.dismiss();
  });
  page.on("console", (message) => {
    if (/Content.Security.Policy|TrustedHTML|violat/i.test(message.text()))
      seen.push(message.text());
  });
  await page.evaluate(`document.addEventListener("securitypolicyviolation", (event) => {
    document.documentElement.dataset.violation = event.violatedDirective + " " + event.sample;
  })`);
  return async () => {
    const stopped: unknown = await page.evaluate("document.documentElement.dataset.violation");
    return stopped === undefined ? seen : [...seen, String(stopped)];
  };
}

/** What of the last answer could do something, or cover something. */
const SUSPECTS = `(() => {
  const found = [];
  for (const element of [...document.querySelectorAll("article.answer")].at(-1).querySelectorAll("*")) {
    const name = element.localName;
    if (/^(?:script|img|image|iframe|style|link|meta|base|object|embed|video)$/.test(name)) found.push(name);
    for (const { name: attribute } of element.attributes) {
      if (attribute.startsWith("on")) found.push(name + " " + attribute);
    }
    if (getComputedStyle(element).position === "fixed") found.push(name + " fixed");
    if (name !== "a" || element.href === "") continue;
    const safe = /^(?:https?|mailto):/.test(element.href) && element.origin !== location.origin;
    const apart = element.target === "_blank" && /noopener.*noreferrer/.test(element.rel);
    if (!safe || !apart) found.push(element.outerHTML);
  }
  return found;
})()`;

test.each(Object.keys(ANSWERS))(
  "an answer of hostile %s runs nothing and asks no other server, growing and whole",
  async (name) => {
    const page = await visit(await setUp(name === "endless" ? 0 : 3_000));
    page.setDefaultTimeout(45_000);
    const violations = await watch(page);
    await askOn(page, name);
    const whole = async () => {
      await wholeAnswer(page);
      await expect.poll(() => page.locator("math-formula[state=waiting]").count()).toBe(0);
    };
    await whole();
    expect(await page.evaluate(SUSPECTS)).toEqual([]);
    await page.reload();
    const later = await watch(page);
    await whole();
    expect(await page.evaluate(SUSPECTS)).toEqual([]);
    expect([...(await violations()), ...(await later())]).toEqual([]);
  },
  60_000,
);

test("a link says where it leads, whatever its words say", async () => {
  const page = await visit(await setUp());
  await askOn(page, "links");
  await wholeAnswer(page);
  const link = lastAnswer(page).getByRole("link", { name: /bank\.example.*evil\.test/ });
  await expect.poll(() => link.first().getAttribute("title")).toBe("evil.test");
  const other = lastAnswer(page).getByRole("link", { name: /^https:\/\/bank\.example\/a/ });
  await expect.poll(() => other.innerText()).toContain("bank.example.evil.test");
});

test("an image elsewhere is a button that names its host, also while it grows", async () => {
  const page = await visit(await setUp());
  await askOn(page, "images");
  await wholeAnswer(page);
  const images = lastAnswer(page).getByRole("button", { name: /evil\.test/ });
  await expect.poll(() => images.count()).toBeGreaterThanOrEqual(2);
});

test("text that would turn itself around shows what it is", async () => {
  const page = await visit(await setUp());
  await askOn(page, "deception");
  const text = await wholeAnswer(page);
  expect(text).toContain("‹U+202E›txt.exe");
  await expect.poll(() => lastAnswer(page).locator("pre").innerText()).toContain("‹U+202E›");
});
