import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { useBrowser } from "./browser.ts";
import { exported, startChat } from "./conversation-seed.ts";

const visit = useBrowser();
const sidebar = (page: Page) => page.getByRole("navigation", { name: "Conversations" });

async function exportAs(page: Page, format: string) {
  const row = sidebar(page).getByRole("listitem").first();
  await row.hover();
  await row.getByRole("button", { name: "Conversation options" }).click();
  await page.getByRole("menuitem", { name: "Export" }).click();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: format }).click(),
  ]);
  await page.getByRole("status").getByText(`Saved as ${download.suggestedFilename()}`).waitFor();
  await page.keyboard.press("Escape");
  const text = await readFile(await download.path(), "utf8");
  return { name: download.suggestedFilename(), text };
}

test("what was exported as JSON comes back as a conversation of its own", async () => {
  const { url, bringIn } = await startChat();
  await bringIn("Über Tee", ["Which tea?", "Green **tea**."]);
  const page = await visit(url);
  await sidebar(page).getByRole("link", { name: "Über Tee" }).waitFor();
  const { name, text } = await exportAs(page, "JSON");
  expect(name).toBe("Über Tee.json");
  const [chooser] = await Promise.all([
    page.waitForEvent("filechooser"),
    page
      .getByRole("button", { name: /^Account/ })
      .click()
      .then(() => page.getByRole("button", { name: "Import conversations" }).click()),
  ]);
  await chooser.setFiles({ name, mimeType: "application/json", buffer: Buffer.from(text) });
  await page.waitForURL(/\/c\//);
  await page.getByRole("article", { name: "Assistant" }).getByText("Green tea.").waitFor();
  await expect.poll(() => sidebar(page).getByRole("link", { name: "Über Tee" }).count()).toBe(2);
});

test("as Markdown a conversation can be read anywhere", async () => {
  const { url, bringIn } = await startChat();
  await bringIn("Tea", ["Which tea?", "Green **tea**."]);
  const page = await visit(url);
  await sidebar(page).getByRole("link", { name: "Tea" }).waitFor();
  const { name, text } = await exportAs(page, "Markdown");
  expect(name).toBe("Tea.md");
  expect(text).toContain("Which tea?");
  expect(text).toContain("Green **tea**.");
});

test("files dropped on the sidebar are taken in, and what is none is said in words", async () => {
  const { url } = await startChat();
  const page = await visit(url);
  await sidebar(page).getByText("Your conversations appear here.").waitFor();
  const files = [
    ["holiday.txt", "not JSON at all"],
    ["tea.json", JSON.stringify(exported("Dropped tea", ["Which?", "Green."]))],
  ];
  const transfer = await page.evaluateHandle(`(() => {
    const data = new DataTransfer();
    for (const [name, text] of ${JSON.stringify(files)}) data.items.add(new File([text], name));
    return data;
  })()`);
  const target = page.locator("conversation-sidebar");
  await target.dispatchEvent("dragover", { dataTransfer: transfer });
  await page.getByText("Drop exported conversations here").waitFor();
  await target.dispatchEvent("drop", { dataTransfer: transfer });
  await sidebar(page).getByRole("link", { name: "Dropped tea" }).waitFor();
  const alert = sidebar(page).getByRole("alert");
  await alert.getByText("holiday.txt is not a conversation that was exported as JSON.").waitFor();
  await alert.getByRole("button", { name: "Dismiss" }).click();
  await expect.poll(() => alert.count()).toBe(0);
});
