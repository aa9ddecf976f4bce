import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { askOn, lastAnswer, useBrowser, wholeAnswer } from "./browser.ts";
import { hasFocus, paste } from "./in-page.ts";
import { STORY, startPageApp } from "./page-app.ts";

const visit = useBrowser();
const boxOf = (page: Page) => page.getByRole("textbox", { name: "Message" });
const questions = (page: Page) => page.getByRole("article", { name: /^You/ });
const answers = (page: Page) => page.getByRole("article", { name: /^Assistant/ });
const echo = ({ question }: { question: string }) =>
  question.startsWith("story") ? STORY : `You said: ${question}`;

async function storedOf(page: Page): Promise<string[]> {
  const { origin, pathname } = new URL(page.url());
  const id = pathname.split("/").at(-1);
  const response = await page.request.get(`${origin}/api/conversations/${id}/messages`);
  const { items } = (await response.json()) as { items: { role: string; content: string }[] };
  return items.filter(({ role }) => role === "user").map(({ content }) => content);
}

test("Enter sends, Shift+Enter breaks the line, and the box grows with its text", async () => {
  const { url } = await startPageApp({ answer: echo });
  const page = await visit(url);
  const box = boxOf(page);
  const before = await box.boundingBox();
  await box.pressSequentially("one");
  await page.keyboard.press("Shift+Enter");
  await box.pressSequentially("two");
  expect((await box.boundingBox())?.height).toBeGreaterThan((before?.height ?? 0) * 1.5);
  await page.keyboard.press("Enter");
  await wholeAnswer(page);
  expect(await storedOf(page)).toEqual(["one\ntwo"]);
  expect(await box.inputValue()).toBe("");
  expect((await box.boundingBox())?.height).toBe(before?.height);
});

test("Enter that ends an input method's composition sends nothing", async () => {
  const { url } = await startPageApp({ answer: echo });
  const page = await visit(url);
  await boxOf(page).focus();
  const session = await page.context().newCDPSession(page);
  await session.send("Input.imeSetComposition", {
    text: "にほん",
    selectionStart: 3,
    selectionEnd: 3,
  });
  await boxOf(page).dispatchEvent("keydown", { key: "Enter", isComposing: true });
  await session.send("Input.insertText", { text: "日本" });
  await expect.poll(() => boxOf(page).inputValue()).toBe("日本");
  expect(await questions(page).count()).toBe(0);
  await page.keyboard.press("Enter");
  await expect.poll(() => lastAnswer(page).innerText()).toContain("You said: 日本");
});

test("a follow-up waits in the page until the answer ends, and can be changed until then", async () => {
  const { url, model } = await startPageApp({ answer: echo, tokensPerSecond: 40 });
  const page = await visit(url);
  await askOn(page, "story, please");
  await expect.poll(() => lastAnswer(page).innerText()).toContain("Sentence 2 ");
  await askOn(page, "second");
  await askOn(page, "third");
  await expect.poll(() => questions(page).count()).toBe(3);
  await expect.poll(() => questions(page).nth(1).innerText()).toContain("Queued");
  expect(model.generations).toHaveLength(1);

  await questions(page).nth(1).getByRole("button", { name: "Edit" }).click();
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.type("2nd");
  await page.keyboard.press("Enter");
  await questions(page).nth(2).getByRole("button", { name: "Remove" }).click();
  await expect.poll(() => questions(page).count()).toBe(2);

  await expect
    .poll(() => lastAnswer(page).innerText(), { timeout: 15_000 })
    .toContain("You said: 2nd");
  await wholeAnswer(page);
  expect(await storedOf(page)).toEqual(["story, please", "2nd"]);
  await expect.poll(() => answers(page).count()).toBe(2);
  await expect.poll(() => answers(page).first().innerText()).toContain("Sentence 59 of the story.");
}, 40_000);

test("what is being rewritten is not sent under one's hands", async () => {
  const { url } = await startPageApp({ answer: echo, tokensPerSecond: 300 });
  const page = await visit(url);
  await askOn(page, "story, please");
  await expect.poll(() => lastAnswer(page).innerText()).toContain("Sentence 2 ");
  await askOn(page, "second");
  await questions(page).nth(1).getByRole("button", { name: "Edit" }).click();
  await page.keyboard.type(" thought");
  await expect
    .poll(() => answers(page).first().getAttribute("aria-busy"), { timeout: 15_000 })
    .not.toBe("true");
  await expect
    .poll(() => page.getByRole("textbox", { name: "Edited text" }).inputValue())
    .toBe("second thought");
  await page.keyboard.press("Enter");
  await expect.poll(() => lastAnswer(page).innerText()).toContain("You said: second thought");
});

test("what waits is handed to the server when the page goes, in its order", async () => {
  const { url } = await startPageApp({ answer: echo });
  const page = await visit(url);
  await askOn(page, "story, please");
  await expect.poll(() => lastAnswer(page).innerText()).toContain("Sentence 2 ");
  await askOn(page, "second");
  await askOn(page, "third");
  await expect.poll(() => questions(page).count()).toBe(3);
  const address = page.url();
  const other = await page.context().newPage();
  await page.goto("about:blank");
  await other.goto(address);
  await expect.poll(() => answers(other).count(), { timeout: 15_000 }).toBe(3);
  await expect
    .poll(() => lastAnswer(other).innerText(), { timeout: 15_000 })
    .toContain("You said: third");
  expect(await storedOf(other)).toEqual(["story, please", "second", "third"]);
});

test("a follow-up to a failed answer waits for its writer's word", async () => {
  const { url, model } = await startPageApp({ answer: echo, tokensPerSecond: 50 });
  const page = await visit(url);
  model.fault({ type: "hang", after: 40 });
  await askOn(page, "story, please");
  await expect.poll(() => lastAnswer(page).innerText()).toContain("Sentence 2 ");
  await askOn(page, "second");
  await expect.poll(() => questions(page).nth(1).innerText()).toContain("Queued");
  await model.close();
  await expect
    .poll(() => questions(page).nth(1).innerText(), { timeout: 15_000 })
    .toContain("Not sent: the answer above failed");
  await page.getByRole("button", { name: "Send now" }).click();
  await expect.poll(() => storedOf(page)).toEqual(["story, please", "second"]);
});

test("Stop ends the answer alone: what waits below it is sent at its writer's word", async () => {
  const { url, model } = await startPageApp({ answer: echo, tokensPerSecond: 40 });
  const page = await visit(url);
  await askOn(page, "story, please");
  await expect.poll(() => lastAnswer(page).innerText()).toContain("Sentence 2 ");
  await askOn(page, "second");
  await expect.poll(() => questions(page).nth(1).innerText()).toContain("Queued");
  await page.getByRole("button", { name: "Stop", exact: true }).click();
  await expect
    .poll(() => questions(page).nth(1).innerText())
    .toContain("Not sent: the answer above was stopped");
  expect(model.generations).toHaveLength(1);
  await page.getByRole("button", { name: "Send now" }).click();
  await expect.poll(() => lastAnswer(page).innerText()).toContain("You said: second");
  expect(await storedOf(page)).toEqual(["story, please", "second"]);
});

test("the arrow up in an empty box rewrites the last message, and Escape gives the box back", async () => {
  const { url } = await startPageApp({ answer: echo });
  const page = await visit(url);
  await askOn(page, "first");
  await wholeAnswer(page);
  await boxOf(page).focus();
  await page.keyboard.press("ArrowUp");
  const editor = page.getByRole("textbox", { name: "Edited text" });
  await expect.poll(() => editor.inputValue()).toBe("first");
  await page.keyboard.press("Escape");
  expect(await hasFocus(page, "#message")).toBe(true);
  await page.keyboard.press("ArrowUp");
  await page.keyboard.type(" of all");
  await page.keyboard.press("Enter");
  await expect.poll(() => lastAnswer(page).innerText()).toContain("You said: first of all");
  expect(await hasFocus(page, "#message")).toBe(true);
});

test("a paste that is too long is kept, says so, and is not sent", async () => {
  const { url } = await startPageApp({ answer: echo });
  const page = await visit(url);
  const long = "x".repeat(40_000);
  await boxOf(page).focus();
  await paste(page, long);
  await page.getByText("40,000 / 32,000").waitFor();
  expect(await page.getByRole("button", { name: "Send" }).isDisabled()).toBe(true);
  await page.keyboard.press("Enter");
  expect(await questions(page).count()).toBe(0);
  await page.reload();
  await expect.poll(async () => (await boxOf(page).inputValue()).length).toBe(40_000);
});

test("one's place in line and how long it takes are said, and become less", async () => {
  const { url, model } = await startPageApp(
    { answer: echo, tokensPerSecond: 60 },
    { WORKER_CONCURRENCY: "1" },
  );
  const page = await visit(url);
  // How fast the line moves is known once it has moved.
  await Promise.all([1, 2, 3, 4, 5].map((number) => askByApi(page, `short ${number}`)));
  await expect.poll(() => model.generations.length, { timeout: 15_000 }).toBeGreaterThanOrEqual(5);
  await Promise.all(["story one", "story two"].map((story) => askByApi(page, story)));
  await askOn(page, "mine");
  await expect.poll(() => lastAnswer(page).innerText()).toMatch(/^2nd in line, about \d+ s$/);
  await expect
    .poll(() => lastAnswer(page).innerText(), { timeout: 15_000 })
    .toMatch(/^Next in line, about \d+ s$/);
  await expect
    .poll(() => lastAnswer(page).innerText(), { timeout: 15_000 })
    .toContain("You said: mine");
}, 40_000);

async function askByApi(page: Page, content: string): Promise<void> {
  const api = `${new URL(page.url()).origin}/api/conversations`;
  const { id } = (await (await page.request.post(api, { data: {} })).json()) as { id: string };
  await page.request.post(`${api}/${id}/messages`, { data: { content } });
}
