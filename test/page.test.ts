import { expect, onTestFinished, test } from "vitest";
import { askOn, lastAnswer, useBrowser, wholeAnswer } from "./browser.ts";
import { STORY, startPageApp } from "./page-app.ts";
import { createTcpProxy } from "./tcp-proxy.ts";

const visit = useBrowser();

test("one asks, watches the answer grow, and finds it again", async () => {
  const { url } = await startPageApp({ answer: "The sky is **blue**, because of `Rayleigh`." });
  const page = await visit(url);
  await askOn(page, "Why is the sky blue?");
  expect(await wholeAnswer(page)).toContain("The sky is blue, because of Rayleigh.");
  await expect.poll(() => lastAnswer(page).locator("strong").innerText()).toBe("blue");
  expect(new URL(page.url()).pathname).toMatch(/^\/c\/[0-9a-f-]{36}$/);
  await page.reload();
  expect(await wholeAnswer(page)).toContain("The sky is blue");
  await page.goto(url);
  await page.getByRole("navigation", { name: "Conversations" }).getByRole("link").first().click();
  expect(await wholeAnswer(page)).toContain("The sky is blue");
  await expect
    .poll(() => page.getByRole("article", { name: /^You/ }).innerText())
    .toContain("Why is");
});

test("a reload in mid-answer loses nothing: it goes on", async () => {
  const { url } = await startPageApp({ answer: STORY });
  const page = await visit(url);
  await askOn(page, "A story, please");
  await expect.poll(() => lastAnswer(page).innerText()).toContain("Sentence 3 ");
  await page.reload();
  const grown = await lastAnswer(page).innerText();
  expect(grown).toContain("Sentence 3 ");
  expect(await wholeAnswer(page)).toContain(STORY.trim());
});

test("a second tab sees the question, the answer as it grows, and the rename", async () => {
  const { url } = await startPageApp({ answer: STORY });
  const page = await visit(url);
  await askOn(page, "A story, please");
  await page.waitForURL(/\/c\//);
  const tab = await page.context().newPage();
  await tab.goto(page.url());
  await expect.poll(() => lastAnswer(tab).getAttribute("aria-busy")).toBe("true");
  expect(await wholeAnswer(tab)).toContain(STORY.trim());
  await askOn(tab, "Another");
  await expect.poll(() => page.getByRole("article", { name: /^You/ }).count()).toBe(2);
  const item = page
    .getByRole("navigation", { name: "Conversations" })
    .getByRole("listitem")
    .first();
  await item.hover();
  await item.getByRole("button", { name: "Conversation options" }).click();
  await page.getByRole("menuitem", { name: "Rename" }).click();
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.type("Tales");
  await page.keyboard.press("Enter");
  await tab
    .getByRole("navigation", { name: "Conversations" })
    .getByRole("link", { name: "Tales" })
    .waitFor();
});

test("Stop ends the answer in every tab and closes the model's request", async () => {
  const { url, model } = await startPageApp({ answer: STORY.repeat(5) });
  const page = await visit(url);
  await askOn(page, "A long story");
  await expect.poll(() => lastAnswer(page).innerText()).toContain("Sentence 2 ");
  const tab = await page.context().newPage();
  await tab.goto(page.url());
  await tab.getByRole("button", { name: "Stop", exact: true }).click();
  expect(await (await model.arrived(1)).closed).toBe("client");
  for (const one of [page, tab]) {
    await one.getByRole("button", { name: "Continue", exact: true }).waitFor();
    await expect.poll(() => lastAnswer(one).getAttribute("aria-busy")).not.toBe("true");
  }
});

test("Continue goes on from where a stopped answer ended", async () => {
  const { url } = await startPageApp({ answer: STORY });
  const page = await visit(url);
  await askOn(page, "A story, please");
  await expect.poll(() => lastAnswer(page).innerText()).toContain("Sentence 3 ");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Continue", exact: true }).click();
  await expect.poll(() => lastAnswer(page).innerText()).toContain("Sentence 59 of the story.");
  expect(await wholeAnswer(page)).toContain(STORY.trim());
  await expect.poll(() => lastAnswer(page).innerText()).toContain("2 / 2");
});

test("edit and regenerate make versions that one can page through", async () => {
  const { url } = await startPageApp({ answer: ({ question }) => `You said: ${question}` });
  const page = await visit(url);
  await askOn(page, "first");
  await wholeAnswer(page);
  const question = page.getByRole("article", { name: /^You/ });
  await question.hover();
  await question.getByRole("button", { name: "Edit" }).click();
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.type("second");
  await page.keyboard.press("Enter");
  await expect.poll(() => lastAnswer(page).innerText()).toContain("You said: second");
  await expect.poll(() => question.innerText()).toContain("2 / 2");
  await question.getByRole("button", { name: "Previous version" }).click();
  await expect.poll(() => lastAnswer(page).innerText()).toContain("You said: first");
  await lastAnswer(page).getByRole("button", { name: "Regenerate" }).click();
  await expect.poll(() => lastAnswer(page).innerText()).toContain("2 / 2");
  await wholeAnswer(page);
});

test("delete can be undone, and takes the conversation from every tab when it is not", async () => {
  const { url } = await startPageApp({ answer: "ok" });
  const page = await visit(url);
  await askOn(page, "Doomed");
  await wholeAnswer(page);
  const tab = await page.context().newPage();
  await tab.goto(page.url());
  const list = (one: typeof page) => one.getByRole("navigation", { name: "Conversations" });
  await list(tab).getByRole("link").first().waitFor();
  const remove = async () => {
    const item = list(page).getByRole("listitem").first();
    await item.hover();
    await item.getByRole("button", { name: "Conversation options" }).click();
    await page.getByRole("menuitem", { name: "Delete" }).click();
  };
  await remove();
  await page.getByRole("button", { name: "Undo" }).click();
  await list(page).getByRole("link").first().waitFor();
  await remove();
  await expect.poll(() => list(tab).getByRole("link").count(), { timeout: 15_000 }).toBe(0);
  expect((await page.request.get(`${url}/api/conversations`)).status()).toBe(200);
  expect(await (await page.request.get(`${url}/api/conversations`)).json()).toEqual({ items: [] });
}, 40_000);

test("a dropped connection is said, heals by itself, and misses nothing", async () => {
  const { url: origin } = await startPageApp({ answer: STORY });
  const proxy = await createTcpProxy(Number(new URL(origin).port));
  onTestFinished(() => proxy.close());
  const page = await visit(`http://127.0.0.1:${proxy.port}`);
  await askOn(page, "A story, please");
  await expect.poll(() => lastAnswer(page).innerText()).toContain("Sentence 3 ");
  proxy.cut();
  const status = page.getByRole("status", { name: "Connection" });
  await expect.poll(() => status.innerText()).toMatch(/Reconnecting|Offline/);
  proxy.mend();
  await expect.poll(() => status.innerText()).toBe("Live");
  expect(await wholeAnswer(page)).toContain(STORY.trim());
});

test("a question written while the connection is away is sent once it is back, once", async () => {
  const { url: origin } = await startPageApp({ answer: ({ question }) => `You said: ${question}` });
  const proxy = await createTcpProxy(Number(new URL(origin).port));
  onTestFinished(() => proxy.close());
  const page = await visit(`http://127.0.0.1:${proxy.port}`);
  await askOn(page, "one");
  await wholeAnswer(page);
  proxy.cut();
  const status = page.getByRole("status", { name: "Connection" });
  await expect.poll(() => status.innerText()).not.toBe("Live");
  await askOn(page, "two");
  await page.getByRole("article", { name: /^You/ }).nth(1).waitFor();
  proxy.mend();
  await expect.poll(() => lastAnswer(page).innerText()).toContain("You said: two");
  const id = page.url().split("/").at(-1);
  const stored = await page.request.get(`${origin}/api/conversations/${id}/messages`);
  expect(((await stored.json()) as { items: unknown[] }).items).toHaveLength(4);
});

test("a draft survives a reload, and belongs to its conversation", async () => {
  const { url } = await startPageApp({ answer: "ok" });
  const page = await visit(url);
  await askOn(page, "hello");
  await wholeAnswer(page);
  const box = page.getByRole("textbox", { name: "Message" });
  await box.fill("half a thought");
  await page.reload();
  await expect.poll(() => box.inputValue()).toBe("half a thought");
  await page.getByRole("button", { name: "New chat" }).click();
  await expect.poll(() => box.inputValue()).toBe("");
});

test("a failed answer says so in words and offers to try again", async () => {
  const { url, model } = await startPageApp({ answer: STORY });
  const page = await visit(url);
  model.fault({ type: "status", status: 503 });
  await askOn(page, "A story, please");
  const retry = page.getByRole("button", { name: /^(Retry|Continue)$/ });
  await retry.waitFor();
  await retry.click();
  await expect.poll(() => lastAnswer(page).innerText()).toContain("Sentence 59");
});

test("raw HTML in an answer is text, and a remote image is a button", async () => {
  const answer =
    '<img src=x onerror="document.title=1"> <b>not bold</b>\n\n![cat](https://evil.test/a.png)\n\n[link](https://example.test/path) [bad](javascript:alert(1))';
  const { url } = await startPageApp({ answer });
  const page = await visit(url);
  await askOn(page, "hostile");
  expect(await wholeAnswer(page)).toContain("<b>not bold</b>");
  expect(await lastAnswer(page).locator("img, b").count()).toBe(0);
  await lastAnswer(page)
    .getByRole("button", { name: /evil\.test/ })
    .waitFor();
  const links = lastAnswer(page).getByRole("link");
  await expect.poll(() => links.count()).toBe(1);
  await expect.poll(() => links.first().getAttribute("rel")).toContain("noopener");
});

test("on a phone the list is a drawer, and all of it works by touch", async () => {
  const { url } = await startPageApp({ answer: "ok" });
  const page = await visit(url, {
    viewport: { width: 390, height: 844 },
    hasTouch: true,
    isMobile: true,
  });
  await page.getByRole("textbox", { name: "Message" }).fill("hello");
  await page.getByRole("button", { name: "Send" }).tap();
  await wholeAnswer(page);
  const list = page.getByRole("navigation", { name: "Conversations" });
  await expect.poll(() => list.isVisible()).toBe(false);
  await page
    .getByRole("button", { name: /sidebar|conversations/i })
    .first()
    .tap();
  await list.getByRole("link").first().waitFor();
  const width = await page.evaluate("document.documentElement.scrollWidth");
  expect(width).toBeLessThanOrEqual(390);
});
