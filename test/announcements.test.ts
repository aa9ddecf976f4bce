import { expect, test } from "vitest";
import { askOn, useBrowser, wholeAnswer } from "./browser.ts";
import { startPageApp } from "./page-app.ts";

const visit = useBrowser();
const answer = ({ question }: { question: string }) => `You said: ${question}`;

test("a screen reader hears of an answer by its beginning, its sentences and its end", async () => {
  const page = await visit((await startPageApp({ answer })).url);
  const said = page.locator("live-announcer p");
  await askOn(page, "a question");
  await expect.poll(() => said.allInnerTexts()).toContain("End of the answer");
  const all = await said.allInnerTexts();
  expect(all[0]).toBe("The assistant is answering");
  expect(all.join(" ")).toContain("You said: a question");
  expect(all.length).toBeLessThanOrEqual(4);
});

test("an answer that has ended before it could be told is told once, and not when one comes back", async () => {
  const { url } = await startPageApp({ answer });
  const page = await visit(url, { serviceWorkers: "block" });
  const loaded = Promise.withResolvers<void>();
  await page.route("**/assets/live-announcer-*.js", async (route) => {
    await loaded.promise;
    await route.continue();
  });
  await page.reload();
  const said = page.locator("live-announcer p");
  await askOn(page, "a question");
  await wholeAnswer(page);
  const conversation = new URL(page.url()).pathname;
  expect(await said.count()).toBe(0);
  loaded.resolve();
  await expect.poll(() => said.allInnerTexts()).toContain("End of the answer");
  expect((await said.allInnerTexts()).join(" ")).toContain("You said: a question");
  await page.getByRole("button", { name: "New chat" }).first().click();
  await expect.poll(() => page.getByRole("article").count()).toBe(0);
  await page.goBack();
  await page.waitForURL(`${url}${conversation}`);
  await wholeAnswer(page);
  const ends = (await said.allInnerTexts()).filter((words) => words === "End of the answer");
  expect(ends.length).toBeLessThanOrEqual(1);
});
