import { createServer, request } from "node:http";
import { expect, test } from "vitest";
import { startApp } from "./app-process.ts";
import { askOn, lastAnswer, useBrowser, wholeAnswer } from "./browser.ts";
import { STORY, startPageApp } from "./page-app.ts";
import { serve } from "./serve.ts";

const visit = useBrowser();

test("an answer whose worker is killed goes on in another, says so, and lacks nothing", async () => {
  const { url, settings } = await startPageApp(
    { answer: STORY, tokensPerSecond: 40 },
    { ROLE: "web", LEASE_MS: "1000" },
  );
  const worker = await startApp({ ...settings, ROLE: "worker" });
  const page = await visit(url);
  await askOn(page, "A story, please");
  await expect.poll(() => lastAnswer(page).innerText()).toContain("Sentence 3 ");
  await worker.end("SIGKILL");
  await startApp({ ...settings, ROLE: "worker" });
  const note = lastAnswer(page).getByText("continued after an interruption");
  await note.waitFor({ timeout: 15_000 });
  expect(await wholeAnswer(page)).toContain(STORY.trim());
  await note.waitFor();
  await lastAnswer(page).getByRole("button", { name: "Details" }).click();
  await lastAnswer(page).getByText("Continued", { exact: true }).waitFor();
  // Stored with the answer: who comes later is told as well.
  await page.reload();
  await wholeAnswer(page);
  await note.waitFor();
}, 40_000);

/** Stands before a model server that answers 503, as one does while it loads its weights. */
async function startLoading(target: () => string) {
  let loaded = false;
  const server = createServer((incoming, outgoing) => {
    if (!loaded) {
      outgoing.writeHead(503).end();
      return;
    }
    const { method, headers, url } = incoming;
    const forwarded = request(`${target()}${url}`, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    forwarded.on("error", () => outgoing.destroy());
    incoming.pipe(forwarded);
  });
  return {
    url: await serve(server),
    finish: () => {
      loaded = true;
    },
  };
}

test("a model that is starting is said to be, by its name, until it is ready", async () => {
  let target = "";
  const loading = await startLoading(() => target);
  const { url, model } = await startPageApp(
    { answer: "Here I am." },
    {
      MODELS: JSON.stringify([
        { id: "big", name: "Big", engines: [{ type: "tgi", url: loading.url }] },
      ]),
    },
  );
  target = model.url;
  const page = await visit(url);
  const notice = page.getByText("Big is starting. The first answer may take a while.");
  await notice.waitFor();
  const picker = page.getByRole("combobox", { name: "Model" });
  await expect.poll(() => picker.innerText()).toContain("Big (starting)");
  loading.finish();
  await notice.waitFor({ state: "detached", timeout: 30_000 });
  await expect.poll(() => picker.innerText()).toBe("Big");
  await askOn(page, "hello");
  expect(await wholeAnswer(page)).toContain("Here I am.");
}, 60_000);
