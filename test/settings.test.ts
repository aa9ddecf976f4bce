import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { askOn, useBrowser, wholeAnswer } from "./browser.ts";
import { hasFocus } from "./in-page.ts";
import { startPageApp } from "./page-app.ts";

const visit = useBrowser();
const echo = ({ question }: { question: string }) => `You said: ${question}`;

async function openSettings(page: Page) {
  await page.getByRole("button", { name: "Chat settings" }).click();
  const sheet = page.getByRole("dialog", { name: "Chat settings" });
  await sheet.waitFor();
  return sheet;
}

/** The open conversation as the server has it. */
async function stored(page: Page) {
  const { origin, pathname } = new URL(page.url());
  const id = pathname.split("/").at(-1);
  const response = await page.request.get(`${origin}/api/conversations/${id}`);
  return (await response.json()) as { systemPrompt?: string; parameters?: object };
}

test("what is set for a new chat is kept over a reload, sent with it, and heeded", async () => {
  const { url, model } = await startPageApp({ answer: echo });
  const page = await visit(url);
  const sheet = await openSettings(page);
  await sheet.getByRole("textbox", { name: "System prompt" }).fill("Answer like a pirate.");
  await sheet.getByRole("spinbutton", { name: "Temperature" }).fill("0.3");
  await sheet.getByRole("textbox", { name: "Stop strings" }).fill("\\n\\n\nEND");
  await sheet.getByText("Kept for the new chat").waitFor();
  await page.reload();
  await askOn(page, "Ahoy");
  await wholeAnswer(page);
  expect(await stored(page)).toMatchObject({
    systemPrompt: "Answer like a pirate.",
    parameters: { temperature: 0.3, stop: ["\n\n", "END"] },
  });
  expect(JSON.stringify(model.generations[0]?.body)).toContain("Answer like a pirate.");

  await page.getByRole("button", { name: "New chat" }).click();
  const next = await openSettings(page);
  expect(await next.getByRole("textbox", { name: "System prompt" }).inputValue()).toBe("");
});

test("a change is saved by itself, and shown in another tab that is looking at it", async () => {
  const { url } = await startPageApp({ answer: echo });
  const page = await visit(url);
  await askOn(page, "hello");
  await wholeAnswer(page);
  const tab = await page.context().newPage();
  await tab.goto(page.url());
  await tab.getByRole("article").first().waitFor();
  const there = await openSettings(tab);
  const here = await openSettings(page);

  await here.getByRole("spinbutton", { name: "Top-p" }).fill("0.9");
  await here.getByText("Saved", { exact: true }).waitFor();
  await expect
    .poll(() => there.getByRole("spinbutton", { name: "Top-p" }).inputValue())
    .toBe("0.9");
  await there.getByRole("spinbutton", { name: "Seed" }).fill("7");
  await there.getByText("Saved", { exact: true }).waitFor();
  await expect.poll(() => stored(page)).toMatchObject({ parameters: { topP: 0.9, seed: 7 } });

  // Opened again, it shows at once what is set, and for which conversation.
  await page.keyboard.press("Escape");
  const again = await openSettings(page);
  await expect
    .poll(() => again.getByRole("spinbutton", { name: "Top-p" }).inputValue())
    .toBe("0.9");
  expect(await again.getByText("about to begin").count()).toBe(0);

  await here.getByRole("button", { name: "Reset Top-p" }).click();
  await expect.poll(async () => (await stored(page)).parameters).toEqual({ seed: 7 });
  await here.getByRole("button", { name: "Reset all" }).click();
  await expect.poll(async () => (await stored(page)).parameters).toBeUndefined();
}, 40_000);

test("a value out of its bounds says what is possible, and is not saved", async () => {
  const { url } = await startPageApp({ answer: echo });
  const page = await visit(url);
  await askOn(page, "hello");
  await wholeAnswer(page);
  const sheet = await openSettings(page);
  const temperature = sheet.getByRole("spinbutton", { name: "Temperature" });
  await temperature.fill("3");
  await sheet.getByText("A number from 0 to 2.").waitFor();
  await expect.poll(() => temperature.getAttribute("aria-invalid")).toBe("true");
  await sheet.getByRole("spinbutton", { name: "Max tokens" }).fill("50");
  await expect.poll(async () => (await stored(page)).parameters).toEqual({ maxTokens: 50 });
  await temperature.fill("1.5");
  await expect
    .poll(async () => (await stored(page)).parameters)
    .toEqual({ maxTokens: 50, temperature: 1.5 });
});

test("the sheet is left with Escape, gives the focus back, and fits a phone", async () => {
  const { url } = await startPageApp({ answer: echo });
  const page = await visit(url, {
    viewport: { width: 320, height: 640 },
    hasTouch: true,
    isMobile: true,
  });
  const button = page.getByRole("button", { name: "Chat settings" });
  await button.focus();
  await page.keyboard.press("Enter");
  const sheet = page.getByRole("dialog", { name: "Chat settings" });
  await sheet.waitFor();
  const box = await sheet.boundingBox();
  expect(box?.x).toBeGreaterThanOrEqual(0);
  expect(Math.round(box?.width ?? 0)).toBeLessThanOrEqual(320);
  await page.keyboard.press("Escape");
  await expect.poll(() => sheet.isVisible()).toBe(false);
  expect(await hasFocus(page, "[aria-label='Chat settings']")).toBe(true);
});

test("the model is chosen from a list that says how each one is", async () => {
  const { url } = await startPageApp(
    { answer: echo },
    {
      MODELS: JSON.stringify([
        { id: "demo", name: "Demo", engines: [{ type: "rules" }] },
        { id: "echo", name: "Echo", engines: [{ type: "echo" }] },
        { id: "gone", name: "Gone", engines: [{ type: "openai", url: "http://127.0.0.1:9" }] },
      ]),
    },
  );
  const page = await visit(url);
  const picker = page.getByRole("combobox", { name: "Model" });
  await picker.focus();
  await page.keyboard.press("Space");
  await page.getByRole("option", { name: "Gone (unavailable)" }).waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect.poll(() => picker.inputValue()).toBe("echo");
  await askOn(page, "parrot");
  expect(await wholeAnswer(page)).toContain("parrot");
  await picker.selectOption("gone");
  await page.getByText("Gone cannot be reached right now.").waitFor();
});
