import type { Page } from "playwright-core";
import { expect, onTestFinished, test } from "vitest";
import { startApp } from "./app-process.ts";
import { askOn, lastAnswer, useBrowser, wholeAnswer } from "./browser.ts";
import { createModelServer } from "./model-server.ts";
import { startRedisServer } from "./redis-server.ts";

const visit = useBrowser();
const STORY = Array.from({ length: 200 }, (_, line) => `Sentence ${line} of the story. `).join("");

async function open() {
  const redis = await startRedisServer();
  onTestFinished(() => redis.stop());
  const model = await createModelServer({
    tokensPerSecond: 100,
    answer: ({ question }) => (question === "story" ? STORY : `You said: ${question}`),
  });
  onTestFinished(() => model.close());
  const app = await startApp({
    AUTH_MODE: "dev",
    REDIS_OM_URL: redis.url,
    INFERENCE_SERVER_URL: model.url,
    RETRY_SECONDS: "0",
  });
  const page = await visit(app.url, { viewport: { width: 1280, height: 800 } });
  await page.getByRole("textbox", { name: "Message" }).waitFor();
  await page.getByRole("status", { name: "Connection" }).getByText("Live").waitFor();
  return { page, url: app.url };
}

/** What has the focus, by its name; `""` where nothing has. */
function focused(page: Page): Promise<unknown> {
  return page.evaluate(
    "document.activeElement === document.body ? '' : document.activeElement.getAttribute('aria-label') || document.activeElement.textContent.trim()",
  );
}

/** Takes the focus out of the box, to where single keys are commands. */
async function leaveBox(page: Page): Promise<void> {
  await page.getByRole("button", { name: "New chat" }).first().focus();
}

const links = (page: Page) =>
  page.getByRole("navigation", { name: "Conversations" }).getByRole("link");

test("single keys begin a chat, write, leaf, hide the sidebar and copy", async () => {
  const { page } = await open();
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await askOn(page, "one");
  await wholeAnswer(page);
  await leaveBox(page);
  await page.keyboard.press("c");
  await expect.poll(() => page.evaluate("navigator.clipboard.readText()")).toBe("You said: one");
  await page.keyboard.press("n");
  await expect.poll(() => new URL(page.url()).pathname).toBe("/");
  await expect.poll(() => focused(page)).toBe("Message");
  await askOn(page, "two");
  await wholeAnswer(page);
  await expect.poll(() => links(page).count()).toBe(2);
  const second = page.url();
  await leaveBox(page);
  await page.keyboard.press("j");
  await expect.poll(() => page.url()).not.toBe(second);
  await page.keyboard.press("k");
  await expect.poll(() => page.url()).toBe(second);
  await page.keyboard.press("m");
  await expect.poll(() => focused(page)).toBe("Message");
  await leaveBox(page);
  await page.keyboard.press("s");
  await page.getByRole("button", { name: "Show sidebar" }).waitFor();
  await expect.poll(() => focused(page)).toBe("Show sidebar");
  await page.keyboard.press("s");
  await page.getByRole("button", { name: "Hide sidebar" }).waitFor();
  await expect.poll(() => focused(page)).toBe("Hide sidebar");
});

test("what is typed right behind N stands in the new chat, however late the next picture is", async () => {
  const { page } = await open();
  await askOn(page, "one");
  await wholeAnswer(page);
  const first = page.url();
  await leaveBox(page);
  await page.keyboard.press("n");
  await expect.poll(() => focused(page)).toBe("Message");
  await leaveBox(page);
  await page.evaluate(`(async () => {
    const pictures = [];
    const real = requestAnimationFrame;
    globalThis.requestAnimationFrame = (callback) => pictures.push(callback);
    const task = () => new Promise((done) => setTimeout(done, 20));
    const press = (key) =>
      document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    press("j");
    await task();
    press("n");
    await task();
    document.execCommand("insertText", false, "quick");
    globalThis.requestAnimationFrame = real;
    for (const callback of pictures) real(callback);
  })()`);
  const box = page.getByRole("textbox", { name: "Message" });
  await page.locator(".greeting").waitFor();
  await expect.poll(() => box.inputValue()).toBe("quick");
  await page.goto(first);
  await wholeAnswer(page);
  expect(await box.inputValue()).toBe("");
});

test("letters that are typed are text, never commands", async () => {
  const { page } = await open();
  const box = page.getByRole("textbox", { name: "Message" });
  await box.focus();
  await page.keyboard.type("n?mskjc");
  await expect.poll(() => box.inputValue()).toBe("n?mskjc");
  expect(await page.getByRole("dialog").count()).toBe(0);
});

test("? lists the shortcuts, Escape closes the list, and the focus is back where it was", async () => {
  const { page } = await open();
  await leaveBox(page);
  await page.keyboard.press("?");
  const dialog = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await dialog.getByText("Copy the last answer").waitFor();
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  expect(await focused(page)).toBe("New chat");
});

test("single keys can be switched off, and stay off; ? too", async () => {
  const { page } = await open();
  await leaveBox(page);
  await page.keyboard.press("?");
  await page.getByRole("switch", { name: /^Single keys/ }).uncheck();
  await page.keyboard.press("Escape");
  await page.reload();
  await page.getByRole("textbox", { name: "Message" }).waitFor();
  await leaveBox(page);
  await page.keyboard.press("?");
  await page.keyboard.press("ControlOrMeta+K");
  await page.getByRole("combobox", { name: "Search actions and conversations" }).waitFor();
  expect(await page.getByRole("dialog", { name: "Keyboard shortcuts" }).count()).toBe(0);
});

test("the palette finds an action and a conversation, while writing too", async () => {
  const { page, url } = await open();
  await askOn(page, "penguins");
  await wholeAnswer(page);
  const place = page.url();
  await page.keyboard.press("ControlOrMeta+K");
  const box = page.getByRole("combobox", { name: "Search actions and conversations" });
  await box.fill("new ch");
  const chosen = page.locator("[role=option][aria-selected=true]");
  await expect.poll(() => chosen.innerText()).toContain("New chat");
  await expect
    .poll(() => box.getAttribute("aria-activedescendant"))
    .toBe(await chosen.getAttribute("id"));
  await page.keyboard.press("Enter");
  await expect.poll(() => page.url()).toBe(`${url}/`);
  await expect.poll(() => focused(page)).toBe("Message");
  await page.keyboard.press("ControlOrMeta+K");
  await box.fill("you said penguins");
  await page
    .getByRole("option", { name: /penguins/ })
    .first()
    .waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Enter");
  await expect.poll(() => page.url()).toContain(place);
});

test("what one types right after Ctrl+K goes into the palette, however late its code comes", async () => {
  const { url } = await open();
  const page = await visit(url, { serviceWorkers: "block" });
  const loaded = Promise.withResolvers<void>();
  await page.route("**/assets/command-palette-*.js", async (route) => {
    await loaded.promise;
    await route.continue();
  });
  await page.reload();
  const box = page.getByRole("textbox", { name: "Message" });
  const standIn = page.locator("dialog.palette[open]");
  await box.fill("a thought");
  await page.keyboard.press("ControlOrMeta+K");
  await standIn.waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.type(" more");
  await page.locator("dialog.palette").waitFor({ state: "detached" });
  await page.keyboard.press("ControlOrMeta+K");
  await standIn.waitFor();
  await page.keyboard.type("new ch");
  await expect.poll(() => box.inputValue()).toBe("a thought more");
  loaded.resolve();
  const palette = page.getByRole("combobox", { name: "Search actions and conversations" });
  await expect.poll(() => palette.inputValue()).toBe("new ch");
  await page.keyboard.type("at");
  await page.getByRole("option", { name: /New chat/ }).waitFor();
  await expect.poll(() => page.locator("dialog.palette").count()).toBe(1);
  await page.keyboard.press("Escape");
  await page.keyboard.type("!");
  await expect.poll(() => box.inputValue()).toBe("a thought more!");
});

test("what one types right after a dialog closes is in the box, where one wrote before", async () => {
  const { page } = await open();
  const box = page.getByRole("textbox", { name: "Message" });
  await box.fill("one three");
  for (let step = 0; step < 6; step += 1) await page.keyboard.press("ArrowLeft");
  // A page that is slow to draw: the dialog is out of it before the next frame.
  const client = await page.context().newCDPSession(page);
  await client.send("Emulation.setCPUThrottlingRate", { rate: 10 });
  for (const letter of [..." two"]) {
    await page.keyboard.press("ControlOrMeta+K");
    await page.locator("dialog.palette[open]").first().waitFor();
    await page.keyboard.press("Escape");
    await page.locator("dialog.palette").waitFor({ state: "detached" });
    await page.keyboard.type(letter);
  }
  await expect.poll(() => box.inputValue()).toBe("one two three");
});

test("Ctrl+K again closes the palette, and the focus is back in the box", async () => {
  const { page } = await open();
  await page.getByRole("textbox", { name: "Message" }).focus();
  await page.keyboard.press("ControlOrMeta+K");
  await page.locator("command-palette dialog[open]").waitFor();
  await page.keyboard.press("ControlOrMeta+K");
  await page.locator("command-palette").waitFor({ state: "detached" });
  expect(await focused(page)).toBe("Message");
  await page.keyboard.type("and on");
  await expect
    .poll(() => page.getByRole("textbox", { name: "Message" }).inputValue())
    .toBe("and on");
});

test("before the sidebar Tab stops at a link to the message box", async () => {
  const { page } = await open();
  await page.getByRole("button", { name: "Hide sidebar" }).focus();
  await page.keyboard.press("Shift+Tab");
  expect(await focused(page)).toBe("Skip to the message box");
  await page.keyboard.press("Enter");
  await expect.poll(() => focused(page)).toBe("Message");
  expect(new URL(page.url()).hash).toBe("");
});

test("sending by the button leaves the focus in the box, and so does stopping", async () => {
  const { page } = await open();
  await page.getByRole("textbox", { name: "Message" }).fill("story");
  await page.getByRole("button", { name: "Send" }).focus();
  await page.keyboard.press("Enter");
  await expect.poll(() => focused(page)).toBe("Message");
  await expect.poll(() => lastAnswer(page).innerText()).toContain("Sentence 2");
  await page.getByRole("button", { name: "Stop", exact: true }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Continue", exact: true }).waitFor();
  await expect.poll(() => focused(page)).toBe("Message");
});

test("the focus stays in the sidebar after a deletion, and after it is taken back", async () => {
  const { page } = await open();
  for (const question of ["one", "two"]) {
    await page.getByRole("button", { name: "New chat" }).first().click();
    await askOn(page, question);
    await wholeAnswer(page);
  }
  await expect.poll(() => links(page).count()).toBe(2);
  await links(page).last().focus();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.getByRole("menuitem", { name: "Rename" }).waitFor();
  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Undo" }).waitFor();
  await expect.poll(() => focused(page)).toBe("Undo");
  await page.keyboard.press("Enter");
  await expect.poll(() => links(page).count()).toBe(2);
  await expect.poll(() => focused(page)).not.toBe("");
  expect(await page.evaluate("document.activeElement.closest('nav') !== null")).toBe(true);
});

test("the focus is in the box after a switch of conversation and after an edit, and back on Edit after none", async () => {
  const { page } = await open();
  await askOn(page, "one");
  await wholeAnswer(page);
  await page.getByRole("button", { name: "Edit" }).focus();
  await page.keyboard.press("Enter");
  await expect.poll(() => focused(page)).toBe("Edited text");
  await page.keyboard.press("Escape");
  await expect.poll(() => focused(page)).toBe("Edit");
  await page.keyboard.press("Enter");
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.type("other");
  await page.keyboard.press("Enter");
  await expect.poll(() => lastAnswer(page).innerText()).toContain("You said: other");
  await expect.poll(() => focused(page)).toBe("Message");
  await page.keyboard.press("ControlOrMeta+K");
  await page.locator("command-palette dialog[open]").waitFor();
  await page.keyboard.press("Enter");
  await expect.poll(() => new URL(page.url()).pathname).toBe("/");
  // Drawn, too: the address changes first.
  await expect.poll(() => page.getByRole("article").count()).toBe(0);
  await links(page).first().focus();
  await page.keyboard.press("Enter");
  await expect.poll(() => new URL(page.url()).pathname).toMatch(/^\/c\//);
  await expect.poll(() => focused(page)).toBe("Message");
});

test("Regenerate takes its button away, but not the focus", async () => {
  const { page } = await open();
  await askOn(page, "one");
  await wholeAnswer(page);
  await page.getByRole("button", { name: "Regenerate" }).focus();
  await page.keyboard.press("Enter");
  await expect.poll(() => lastAnswer(page).innerText()).toContain("2 / 2");
  await expect.poll(() => focused(page)).not.toBe("");
});
