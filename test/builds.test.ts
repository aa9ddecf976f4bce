import { expect, test } from "vitest";
import { useBrowser } from "./browser.ts";
import { cachedAddresses } from "./in-page.ts";
import { startDeployment } from "./next-build.ts";
import { startPageApp } from "./page-app.ts";

const visit = useBrowser();

test("a tab of the build before still finds its parts after the next one is deployed", async () => {
  const { url } = await startPageApp({ answer: "ok" });
  const deployment = await startDeployment(url);
  const page = await visit(deployment.url);
  await page.evaluate("navigator.serviceWorker.ready.then(() => undefined)");
  const settings = (await cachedAddresses(page)).find((one) => /\/chat-settings-.*\.js$/.test(one));
  await page.evaluate(`new Promise((done) => {
    if (navigator.serviceWorker.controller) done();
    else navigator.serviceWorker.addEventListener("controllerchange", () => done());
  })`);
  deployment.deploy();
  expect((await page.request.get(String(settings))).status()).toBe(404);

  const tab = await page.context().newPage();
  await tab.goto(deployment.url);
  await tab.getByRole("textbox", { name: "Message" }).waitFor();
  await expect
    .poll(async () => (await cachedAddresses(tab)).filter((one) => one.includes("next.")).length)
    .toBeGreaterThan(5);
  await expect
    .poll(() =>
      tab.evaluate(
        "navigator.serviceWorker.getRegistration().then((one) => Boolean(one?.active && !one.installing && !one.waiting))",
      ),
    )
    .toBe(true);
  for (const one of [page, tab]) {
    await one.getByRole("button", { name: "Chat settings" }).click();
    await one.getByRole("textbox", { name: "System prompt" }).waitFor();
    await one.keyboard.press("Escape");
  }
  // And it is no old tab any more once it is loaded again.
  await page.reload();
  await page.getByRole("textbox", { name: "Message" }).waitFor();
  await expect.poll(() => page.locator("script[src*='next.']").count()).toBeGreaterThan(0);
}, 40_000);
