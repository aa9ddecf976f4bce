import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { askOn, useBrowser, wholeAnswer } from "./browser.ts";
import { startChat } from "./conversation-seed.ts";

const visit = useBrowser();

async function openShare(page: Page) {
  const row = page.getByRole("navigation", { name: "Conversations" }).getByRole("listitem").first();
  await row.hover();
  await row.getByRole("button", { name: "Conversation options" }).click();
  await page.getByRole("menuitem", { name: "Share" }).click();
  return page.getByRole("dialog", { name: "Share conversation" });
}

async function share(page: Page): Promise<string> {
  const dialog = await openShare(page);
  await dialog.getByRole("button", { name: "Create link" }).click();
  const url = await dialog.getByRole("textbox", { name: "Link" }).inputValue();
  // Absolute, to be sent to someone, although this server knows no public origin.
  const { origin } = new URL(page.url());
  expect(url).toMatch(new RegExp(`^${origin}/share/[\\w-]{32}$`));
  return url;
}

test("whoever has the link reads a snapshot, without a session, a socket or a way to write", async () => {
  const { url } = await startChat({ answer: "Since **Rayleigh** we know.\n\n```js\n1\n```" });
  const page = await visit(url);
  await askOn(page, "Why is the sky blue?");
  await wholeAnswer(page);
  const link = await share(page);
  await page.keyboard.press("Escape");
  await askOn(page, "Written later");
  await wholeAnswer(page);

  const reader = await visit(`${url}/share/none`);
  const asked: string[] = [];
  reader.on("request", (request) => asked.push(new URL(request.url()).pathname));
  reader.on("websocket", () => asked.push("a socket"));
  const response = await reader.goto(link);
  expect(response?.headers()["x-robots-tag"]).toBe("noindex");
  await reader.getByRole("article", { name: "You" }).getByText("Why is the sky blue?").waitFor();
  const answer = reader.getByRole("article", { name: "Assistant" });
  await answer.locator("strong", { hasText: "Rayleigh" }).waitFor();
  await answer.getByRole("button", { name: "Copy", exact: true }).click();
  await expect.poll(() => reader.getByRole("article").count()).toBe(2);
  await expect
    .poll(() => reader.locator("meta[name=robots]").getAttribute("content"))
    .toBe("noindex");
  expect(await reader.getByRole("button", { name: /Edit|Regenerate|Good answer/ }).count()).toBe(0);
  expect(await reader.getByRole("textbox").count()).toBe(0);
  const api = asked.filter((path) => path.startsWith("/api/") || path === "a socket");
  expect(api).toEqual([new URL(link).pathname.replace("/share/", "/api/shares/")]);
});

test("the link stands until it is revoked, and shows nothing from then on", async () => {
  const { url } = await startChat();
  const page = await visit(url);
  await askOn(page, "Hello");
  await wholeAnswer(page);
  const link = await share(page);
  await page.getByRole("button", { name: "Close", exact: true }).click();
  const dialog = await openShare(page);
  await expect.poll(() => dialog.getByRole("textbox", { name: "Link" }).inputValue()).toBe(link);
  await dialog.getByRole("button", { name: "Copy link" }).click();
  await dialog.getByRole("button", { name: "Copied" }).waitFor();

  const reader = await visit(link);
  await reader.getByRole("article").first().waitFor();
  await dialog.getByRole("button", { name: "Revoke link" }).click();
  await dialog.getByText("The link is revoked").waitFor();
  await reader.reload();
  await reader.getByRole("heading", { name: "There is nothing to read here." }).waitFor();
  await dialog.getByRole("button", { name: "Create a new link" }).click();
  expect(await dialog.getByRole("textbox", { name: "Link" }).inputValue()).not.toBe(link);
  await reader.goto(`${url}/share/broken`);
  await reader.getByRole("heading", { name: "There is nothing to read here." }).waitFor();
});

test("what went wrong is said in the dialog, and can be tried again", async () => {
  const { url, bringIn } = await startChat();
  await bringIn("Shared soon", ["Hello", "Hi"]);
  const page = await visit(url);
  await page.getByRole("link", { name: "Shared soon" }).waitFor();
  await page.route("**/share", (route) => route.abort());
  const dialog = await openShare(page);
  await dialog.getByRole("alert").getByText("cannot be reached").waitFor();
  await page.unroute("**/share");
  await dialog.getByRole("button", { name: "Try again" }).click();
  await dialog.getByRole("button", { name: "Create link" }).waitFor();
});
