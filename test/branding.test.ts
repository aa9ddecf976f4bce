import { expect, test } from "vitest";
import { startApp } from "./app-process.ts";
import { useBrowser } from "./browser.ts";
import { contrastOf } from "./in-page.ts";
import { startPageApp } from "./page-app.ts";

const visit = useBrowser();
const BRANDING = {
  name: "Harbour Chat",
  accent: "#e4b400",
  welcome: "Ask about ships and tides.",
  starters: [
    { title: "Read a chart", prompt: "Explain this nautical chart: " },
    { title: "Plan a passage", prompt: "Plan a passage from " },
  ],
  notice: "Maintenance on Sunday from 6 to 8.",
  rules: "/rules.html",
};
const setUp = (branding: object = BRANDING) =>
  startPageApp({ answer: "ok" }, { BRANDING: JSON.stringify(branding) });

test("the page speaks in its administrators' words", async () => {
  const { url } = await setUp();
  const page = await visit(url);
  await page.getByText("Ask about ships and tides.").waitFor();
  expect(await page.title()).toBe("Harbour Chat");
  await page.getByText("Harbour Chat", { exact: true }).first().waitFor();
  await expect
    .poll(() => page.getByRole("link", { name: "Rules" }).getAttribute("href"))
    .toBe("/rules.html");
  await page.getByRole("button", { name: /^Read a chart/ }).click();
  await expect
    .poll(() => page.getByRole("textbox", { name: "Message" }).inputValue())
    .toBe("Explain this nautical chart: ");
});

test("a notice that was put away stays away, until it says something else", async () => {
  const { url, app, settings } = await setUp();
  const page = await visit(url);
  const notice = page.getByRole("complementary", { name: "Notice" });
  await notice.getByText("Maintenance on Sunday").waitFor();
  await notice.getByRole("button", { name: "Dismiss" }).click();
  await expect.poll(() => notice.count()).toBe(0);
  await page.reload();
  await page.getByText("Ask about ships and tides.").waitFor();
  expect(await notice.count()).toBe(0);

  await app.end();
  const branding = JSON.stringify({ ...BRANDING, notice: "All is well again." });
  await startApp({ ...settings, BRANDING: branding, PORT: new URL(url).port });
  await page.reload();
  await notice.getByText("All is well again.").waitFor();
});

test.each(["light", "dark"] as const)(
  "an accent that is hard to read is made readable: %s",
  async (colorScheme) => {
    const { url } = await setUp();
    const page = await visit(url, { colorScheme });
    await page.getByText("Ask about ships and tides.").waitFor();
    await page.getByRole("textbox", { name: "Message" }).fill("x");
    const accent = () =>
      page.evaluate("document.documentElement.style.getPropertyValue('--accent')");
    await expect.poll(accent).toMatch(/^light-dark\(/);
    await expect.poll(() => contrastOf(page, ".round.send")).toBeGreaterThanOrEqual(4.5);
    await page.reload();
    // From the last visit, before anything is asked.
    expect(await accent()).toMatch(/^light-dark\(/);
  },
);
