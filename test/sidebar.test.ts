import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { askOn, lastAnswer, useBrowser, wholeAnswer } from "./browser.ts";
import { startChat } from "./conversation-seed.ts";

const visit = useBrowser();
const STORY = Array.from({ length: 30 }, (_, line) => `Sentence ${line}. `).join("");
const sidebar = (page: Page) => page.getByRole("navigation", { name: "Conversations" });
const rows = (page: Page) => sidebar(page).getByRole("listitem");
const link = (page: Page, name: string) => sidebar(page).getByRole("link", { name, exact: true });
const FOCUSED = `(({ activeElement: at }) =>
  at?.getAttribute("aria-label") ?? at?.textContent.trim())(document)`;
const focused = (page: Page) => page.evaluate<string>(FOCUSED);
const titles = (count: number) => Array.from({ length: count }, (_, at) => `Talk ${at}`);

async function openMenu(page: Page, title: string) {
  const row = rows(page).filter({ has: page.getByRole("link", { name: title, exact: true }) });
  await row.hover();
  await row.getByRole("button", { name: "Conversation options" }).click();
}

test("a pinned conversation is on top, however many are newer", async () => {
  const { url, create, pin } = await startChat();
  const [oldest] = await create(...titles(60));
  await pin(oldest?.id ?? "");
  const page = await visit(url);
  await link(page, "Talk 0").waitFor();
  await expect.poll(() => sidebar(page).getByRole("heading").first().innerText()).toBe("Pinned");
  await expect.poll(() => rows(page).first().innerText()).toContain("Talk 0");
});

test("of many conversations a few rows are in the page, and the keys reach each of them", async () => {
  const { url, create } = await startChat();
  await create(...titles(240));
  const page = await visit(url);
  await link(page, "Talk 239").focus();
  await page.keyboard.press("ArrowDown");
  await expect.poll(() => focused(page)).toBe("Talk 238");
  const row = rows(page).filter({ hasText: "Talk 238" });
  await expect.poll(() => row.getAttribute("aria-posinset")).toBe("2");
  await expect
    .poll(async () => {
      await page.keyboard.press("End");
      return focused(page);
    })
    .toBe("Talk 0");
  await expect
    .poll(() => rows(page).filter({ hasText: "Talk 0" }).getAttribute("aria-setsize"))
    .toBe("240");
  await expect.poll(() => rows(page).count()).toBeLessThan(80);
  await expect.poll(() => link(page, "Talk 0").isVisible()).toBe(true);
  await page.keyboard.press("ArrowUp");
  await expect.poll(() => focused(page)).toBe("Talk 1");
  await page.keyboard.press("Home");
  await expect.poll(() => focused(page)).toBe("Talk 239");
});

test("what one looks at in the list stays where it is when something new comes on top", async () => {
  const { url, create } = await startChat();
  await create(...titles(120));
  const page = await visit(url);
  await link(page, "Talk 119").waitFor();
  const list = page.locator("nav.conversations");
  await list.evaluate((nav) => nav.scrollTo(0, 900));
  const row = link(page, "Talk 90");
  const before = (await row.boundingBox())?.y;
  await create("Brand new");
  await expect.poll(() => list.evaluate((nav) => nav.scrollTop)).toBeGreaterThan(900);
  expect((await row.boundingBox())?.y).toBe(before);
});

test("an answer that ends unseen leaves a mark in every tab, over reloads, until one looks", async () => {
  const { url } = await startChat({ answer: STORY });
  const page = await visit(url);
  await askOn(page, "A story, please");
  await page.waitForURL(/\/c\//);
  await sidebar(page).getByRole("img", { name: "Answering" }).waitFor();
  await page.getByRole("button", { name: "New chat" }).click();
  const mark = (one: Page) => sidebar(one).getByRole("img", { name: "New answer" });
  await mark(page).waitFor();
  await page.reload();
  await mark(page).waitFor();
  const tab = await page.context().newPage();
  await tab.goto(url);
  await mark(tab).waitFor();
  await sidebar(tab).getByRole("link").first().click();
  await lastAnswer(tab).waitFor();
  await expect.poll(() => mark(tab).count()).toBe(0);
  await expect.poll(() => mark(page).count()).toBe(0);
  await page.reload();
  await sidebar(page).getByRole("link").first().waitFor();
  expect(await mark(page).count()).toBe(0);
});

test("an answer that one watches leaves no mark", async () => {
  const { url } = await startChat({ answer: STORY });
  const page = await visit(url);
  await askOn(page, "A story, please");
  await wholeAnswer(page);
  await expect.poll(() => sidebar(page).getByRole("img", { name: "Answering" }).count()).toBe(0);
  expect(await sidebar(page).getByRole("img", { name: "New answer" }).count()).toBe(0);
});

test("the keyboard deletes, takes it back and renames, and the row keeps the focus", async () => {
  const { url, create } = await startChat();
  await create("One", "Two", "Three");
  const page = await visit(url);
  await link(page, "Two").click();
  await link(page, "Two").focus();
  await page.keyboard.press("Delete");
  await expect.poll(() => focused(page)).toBe("Undo");
  await page.keyboard.press("Enter");
  await expect.poll(() => focused(page)).toBe("Two");
  await page.keyboard.press("F2");
  await page.keyboard.type("Zwei");
  await page.keyboard.press("Escape");
  await expect.poll(() => focused(page)).toBe("Two");
  await page.keyboard.press("F2");
  await page.keyboard.type("Zwei");
  await page.keyboard.press("Enter");
  await expect.poll(() => focused(page)).toBe("Zwei");
});

test("when a deleted row is gone for good, the next one has the focus", async () => {
  const { url, create } = await startChat();
  await create("One", "Two", "Three");
  const page = await visit(url);
  await link(page, "Two").focus();
  await page.keyboard.press("Delete");
  await expect.poll(() => rows(page).count(), { timeout: 15_000 }).toBe(2);
  await expect.poll(() => focused(page)).toBe("One");
});

test("the menu has what one can do, and the row that it moves keeps the focus", async () => {
  const { url, create } = await startChat();
  await create("One", "Two");
  const page = await visit(url);
  await link(page, "One").waitFor();
  await openMenu(page, "One");
  const items = page.getByRole("menuitem");
  const names = ["Rename", "Pin", "Share", "Export", "Delete"];
  expect(await items.allInnerTexts()).toEqual(names);
  await page.getByRole("menuitem", { name: "Pin" }).click();
  await sidebar(page).getByRole("heading", { name: "Pinned" }).waitFor();
  await expect.poll(() => focused(page)).toBe("Conversation options");
  const tab = await page.context().newPage();
  await tab.goto(url);
  await sidebar(tab).getByRole("heading", { name: "Pinned" }).waitFor();
  await openMenu(tab, "One");
  await tab.getByRole("menuitem", { name: "Unpin" }).click();
  await expect.poll(() => sidebar(page).getByRole("heading", { name: "Pinned" }).count()).toBe(0);
});

test("on a phone the drawer does all of it by touch", async () => {
  const { url, create } = await startChat();
  await create("One", "Two");
  const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
  const page = await visit(url, phone);
  await page.getByRole("button", { name: "Show conversations" }).tap();
  const row = rows(page).filter({ hasText: "One" });
  await row.getByRole("button", { name: "Conversation options" }).tap();
  await page.getByRole("menuitem", { name: "Rename" }).tap();
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.type("Eins");
  await page.keyboard.press("Enter");
  await page.getByRole("searchbox", { name: "Search conversations" }).fill("ein");
  await link(page, "Eins").tap();
  await page.waitForURL(/\/c\//);
  await expect.poll(() => sidebar(page).isVisible()).toBe(false);
  expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(390);
});

test("a menu that is asked for before it has been loaded opens when it comes", async () => {
  const { url, create } = await startChat();
  await create("Talk");
  const page = await visit(url, { serviceWorkers: "block" });
  const { promise: loaded, resolve: load } = Promise.withResolvers<void>();
  await page.route(/\/conversation-menu-.*\.js$/, async (route) => {
    await loaded;
    await route.continue();
  });
  await page.reload();
  await openMenu(page, "Talk");
  load();
  await page.getByRole("menuitem", { name: "Rename" }).waitFor();
});
