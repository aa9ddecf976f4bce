import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { useBrowser } from "./browser.ts";
import { startChat } from "./conversation-seed.ts";

const visit = useBrowser();
const sidebar = (page: Page) => page.getByRole("navigation", { name: "Conversations" });
const box = (page: Page) => page.getByRole("searchbox", { name: "Search conversations" });
const results = (page: Page) => sidebar(page).getByRole("link");
const marks = (page: Page) => sidebar(page).locator("mark").allInnerTexts();
const long = Array.from({ length: 160 }, (_, at) =>
  at % 2 === 0 ? `Question number ${at}?` : `Answer number ${at}, of some length.`,
);

/** What is brought in is found a moment later: the search reads it in beside its other work. */
async function knows(url: string, word: string) {
  const found = async () => (await fetch(`${url}/api/search?q=${word}`)).text();
  await expect.poll(found).toContain("excerpt");
}

test("finds titles at once and messages as one types, whatever case and accents", async () => {
  const { url, create, bringIn } = await startChat();
  await create("Rezept für Zwölf", "Something else");
  await bringIn("A recipe", ["How long?", "Bake it for zwolf minutes in the oven."]);
  await knows(url, "oven");
  const page = await visit(url);
  await results(page).first().waitFor();
  await box(page).fill("ZWOLF");
  await sidebar(page).getByRole("link", { name: "Rezept für Zwölf" }).waitFor();
  await sidebar(page)
    .getByRole("link", { name: /zwolf minutes/ })
    .waitFor();
  expect(await marks(page)).toEqual(["Zwölf", "zwolf"]);
  await box(page).fill("nothing of the kind");
  await sidebar(page).getByText("Nothing found for “nothing of the kind”.").waitFor();
  await page.keyboard.press("Escape");
  await sidebar(page).getByRole("link", { name: "Something else" }).waitFor();
  expect(await box(page).inputValue()).toBe("");
});

test("a message that was found is opened where it stands, in an old version and far above", async () => {
  const { url, bringIn } = await startChat();
  // The fourth message is of another version than the one that goes on.
  const branch = [
    { parent: 2, text: "A first thought" },
    { parent: 3, text: "The hidden pearl is here." },
    { parent: 2, text: "A second thought" },
  ];
  const onward = long.slice(5).map((text, at) => ({ parent: at === 0 ? 5 : at + 5, text }));
  await bringIn("Long", ["Hello", "Hi", ...branch, ...onward]);
  await knows(url, "pearl");
  const page = await visit(url);
  await box(page).fill("pearl");
  await results(page).filter({ hasText: "hidden pearl" }).waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  const article = page.getByRole("article").filter({ hasText: "The hidden pearl is here." });
  await article.waitFor();
  await expect
    .poll(() => page.evaluate("document.activeElement.textContent"))
    .toContain("The hidden pearl is here.");
  const at = await article.boundingBox();
  expect(at?.y).toBeGreaterThan(0);
  expect(at?.y).toBeLessThan(500);
  const question = page.getByRole("article").filter({ hasText: "A first thought" });
  await expect.poll(() => question.innerText()).toContain("1 / 2");
  await expect.poll(() => new URL(page.url()).hash).toBe("");
});

test("a message far above the first page is reached", async () => {
  const { url, bringIn } = await startChat();
  await bringIn("Long", ["Where is the needle?", "In the haystack.", ...long]);
  await knows(url, "haystack");
  const page = await visit(url);
  await box(page).fill("haystack");
  await results(page).filter({ hasText: "haystack" }).click();
  const article = page.getByRole("article").filter({ hasText: "In the haystack." });
  await expect.poll(async () => (await article.boundingBox())?.y ?? -1).toBeGreaterThan(0);
  expect((await article.boundingBox())?.y).toBeLessThan(600);
});

test("the arrows walk through what was found and back into the box", async () => {
  const { url, create } = await startChat();
  await create("Green tea", "Black tea");
  const page = await visit(url);
  await results(page).first().waitFor();
  await box(page).fill("tea");
  const inFocus = () => page.evaluate("document.activeElement.textContent.trim()");
  await page.keyboard.press("ArrowDown");
  expect(await inFocus()).toBe("Black tea");
  await page.keyboard.press("ArrowDown");
  expect(await inFocus()).toBe("Green tea");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.type("r");
  await expect.poll(() => box(page).inputValue()).toBe("tear");
  await box(page).fill("green");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/c\//);
});

test("without the server titles are still found, and the rest can be tried again", async () => {
  const { url, create, bringIn } = await startChat();
  await create("Tea");
  await bringIn("Other", ["What about tea?", "Yes."]);
  await knows(url, "what");
  const page = await visit(url);
  await results(page).first().waitFor();
  await page.route("**/api/search?*", (route) => route.abort());
  await box(page).fill("tea");
  await sidebar(page).getByText("Messages could not be searched.").waitFor();
  await sidebar(page).getByRole("link", { name: "Tea", exact: true }).waitFor();
  await page.unroute("**/api/search?*");
  await sidebar(page).getByRole("button", { name: "Try again" }).click();
  await sidebar(page)
    .getByRole("link", { name: /What about tea/ })
    .waitFor();
});

test("a search that is superseded is given up", async () => {
  const { url, bringIn } = await startChat();
  await bringIn("Drinks", ["Is coffee strong?", "Coffee and tea are."]);
  await knows(url, "strong");
  const page = await visit(url);
  await results(page).first().waitFor();
  const given: string[] = [];
  page.on("requestfailed", (request) => given.push(new URL(request.url()).search));
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route("**/api/search?q=coffee&*", async (route) => {
    await held;
    await route.continue().catch(() => undefined);
  });
  await box(page).fill("coffee");
  await page.waitForRequest(/q=coffee/);
  await box(page).fill("tea");
  await sidebar(page)
    .getByRole("link", { name: /tea are/ })
    .waitFor();
  release();
  expect(given[0]).toContain("q=coffee");
  expect(await marks(page)).toEqual(["tea"]);
});
