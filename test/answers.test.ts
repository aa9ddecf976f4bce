import { expect, test } from "vitest";
import { askOn, lastAnswer, useBrowser, wholeAnswer } from "./browser.ts";
import { startPageApp } from "./page-app.ts";

const visit = useBrowser();
const MODELS = JSON.stringify([
  { id: "echo", name: "Echo", engines: [{ type: "echo", delayMs: 0 }] },
  { id: "demo", name: "Demo", engines: [{ type: "rules", delayMs: 0 }] },
]);

test("Regenerate with another model asks that one, by mouse and by keys alone", async () => {
  const { url } = await startPageApp({}, { MODELS });
  const page = await visit(url);
  await askOn(page, "hello");
  expect(await wholeAnswer(page)).toContain("hello");
  const more = lastAnswer(page).getByRole("button", { name: "Regenerate with another model" });
  await more.click();
  await page.getByRole("menuitem", { name: "Demo" }).click();
  await expect.poll(() => lastAnswer(page).innerText()).toContain("2 / 2");
  await wholeAnswer(page);
  await lastAnswer(page).getByRole("button", { name: "Details" }).click();
  await lastAnswer(page).getByText("rules", { exact: true }).waitFor();

  await more.focus();
  await page.keyboard.press("Enter");
  const focused = () => page.evaluate("document.activeElement.textContent.trim()");
  await expect.poll(focused).toBe("Echo");
  await page.keyboard.press("ArrowDown");
  await expect.poll(focused).toBe("Demo");
  await page.keyboard.press("Escape");
  await expect.poll(() => page.getByRole("menuitem").count()).toBe(0);
  await page.keyboard.press("Enter");
  await expect.poll(focused).toBe("Echo");
  await page.keyboard.press("Enter");
  await expect.poll(() => lastAnswer(page).innerText()).toContain("3 / 3");
  await expect.poll(() => lastAnswer(page).innerText()).toContain("hello");
});

test("where there is one model there is no choice of another", async () => {
  const { url } = await startPageApp({ answer: "ok" });
  const page = await visit(url);
  await askOn(page, "hello");
  await wholeAnswer(page);
  await lastAnswer(page).getByRole("button", { name: "Regenerate", exact: true }).waitFor();
  expect(await page.getByRole("button", { name: "Regenerate with another model" }).count()).toBe(0);
});

test("a long program is on the page letter by letter, coloured in parts, and is copied as it is", {
  timeout: 60_000,
}, async () => {
  const lines = Array.from(
    { length: 400 },
    (_, line) => `const value${line} = "text ${line}"; // line <${line}>`,
  );
  const code = `${lines.slice(0, 200).join("\n")}\n\n${lines.slice(200).join("\n")}`;
  const { url } = await startPageApp({
    answer: `\`\`\`js\n${code}\n\`\`\``,
    tokensPerSecond: 20_000,
  });
  const page = await visit(url, { permissions: ["clipboard-read", "clipboard-write"] });
  await askOn(page, "a program");
  await wholeAnswer(page);
  const block = lastAnswer(page).locator("pre > code");
  const parts = lastAnswer(page).locator("pre .lines");
  await expect.poll(() => parts.count()).toBeGreaterThan(5);
  // Every part has got its colours, the last one too.
  const coloured =
    "[...document.querySelectorAll('pre .lines')].every((one) => one.querySelector('span'))";
  await expect.poll(() => page.evaluate(coloured)).toBe(true);
  expect((await block.innerText()).trimEnd()).toBe(code);
  await lastAnswer(page).getByRole("button", { name: "Copy code" }).click();
  await expect.poll(() => page.evaluate("navigator.clipboard.readText()")).toBe(code);
});

test("an answer that was stopped before it began has nothing to copy or to rate, one with text has", async () => {
  const { url, model } = await startPageApp({ answer: "An answer." });
  const page = await visit(url);
  const has = async (name: string) =>
    (await lastAnswer(page).getByRole("button", { name, exact: true }).count()) === 1;
  const opinions = ["Copy", "Good answer", "Bad answer"];
  model.fault({ type: "hang", after: 0 });
  await askOn(page, "hello");
  await model.arrived(1);
  await page.getByRole("button", { name: "Stop", exact: true }).click();
  await lastAnswer(page).getByText("Stopped before it began").waitFor();
  expect(await Promise.all(opinions.map(has))).toEqual([false, false, false]);
  expect(await Promise.all(["Regenerate", "Details"].map(has))).toEqual([true, true]);
  await lastAnswer(page).getByRole("button", { name: "Regenerate" }).click();
  await wholeAnswer(page);
  expect(await Promise.all(opinions.map(has))).toEqual([true, true, true]);
});
