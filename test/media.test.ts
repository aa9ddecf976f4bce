import { expect, test } from "vitest";
import { askOn, lastAnswer, useBrowser, wholeAnswer } from "./browser.ts";
import { contrastOf } from "./in-page.ts";
import { STORY, startPageApp } from "./page-app.ts";

const visit = useBrowser();
/** What moves on the page, and does not end within two pictures. */
const MOVING = `document.getAnimations()
  .filter(({ playState, effect }) => playState === "running" && effect.getComputedTiming().endTime > 32)
  .map(({ animationName, transitionProperty }) => animationName ?? transitionProperty)`;

test("who wants less motion sees none while an answer is awaited, grows and ends", async () => {
  const { url, model } = await startPageApp({ answer: STORY, tokensPerSecond: 120 });
  model.fault({ type: "hang", after: 0 });
  const page = await visit(url);
  await askOn(page, "A story, please");
  const shimmer = page.locator(".shimmer");
  await shimmer.first().waitFor();
  // It is the wish that stills it: others see it move.
  await expect.poll(() => page.evaluate(MOVING)).not.toEqual([]);
  await page.emulateMedia({ reducedMotion: "reduce" });
  await expect.poll(() => page.evaluate(MOVING)).toEqual([]);
  await page.getByRole("button", { name: "Stop", exact: true }).click();
  await lastAnswer(page).getByRole("button", { name: "Regenerate" }).click();
  await expect.poll(() => lastAnswer(page).innerText()).toContain("Sentence 3 ");
  for (let look = 0; look < 10; look += 1) expect(await page.evaluate(MOVING)).toEqual([]);
  expect(await wholeAnswer(page)).toContain(STORY.trim());
}, 40_000);

test("who wants less motion reads text as it comes, not at a pace of its own", async () => {
  const { url } = await startPageApp({ answer: STORY, tokensPerSecond: 60 });
  const page = await visit(url, { reducedMotion: "reduce" });
  await askOn(page, "A story, please");
  await expect.poll(() => lastAnswer(page).innerText()).toContain("Sentence 1 ");
  // What has come is there three pictures later; at a pace it would take six.
  const behind = await page.evaluate(`(async () => {
    const picture = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    const words = (text) => text.replaceAll(/\\s+/g, " ").trim();
    let behind = 0;
    for (let look = 0; look < 20; look += 1) {
      const view = document.querySelector("markdown-view[streaming]");
      if (!view) break;
      const come = words(view.text);
      for (let wait = 0; wait < 3; wait += 1) await picture();
      behind = Math.max(behind, come.length - words(view.textContent).length);
    }
    return behind;
  })()`);
  expect(behind).toBeLessThanOrEqual(0);
});

test("who wants more contrast gets it, in both themes, and outlines where others see a shade", async () => {
  const { url } = await startPageApp({ answer: "ok" });
  const page = await visit(url);
  await askOn(page, "hello");
  await wholeAnswer(page);
  const look = async () => ({
    fine: await contrastAgainstPage(),
    outline: await page.evaluate("getComputedStyle(document.querySelector('.bubble')).boxShadow"),
  });
  const contrastAgainstPage = () => {
    // The fine print stands on the page's own colour.
    return page
      .evaluate(
        "document.querySelector('.fine').style.background = getComputedStyle(document.body).backgroundColor",
      )
      .then(() => contrastOf(page, ".fine"));
  };
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, contrast: "no-preference" });
    const before = await look();
    await page.emulateMedia({ colorScheme, contrast: "more" });
    const after = await look();
    expect(after.fine).toBeGreaterThan(before.fine);
    expect(after.fine).toBeGreaterThanOrEqual(7);
    expect([before.outline === "none", after.outline === "none"]).toEqual([true, false]);
  }
});
