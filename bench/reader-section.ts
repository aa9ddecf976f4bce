import { callApi } from "./call-api.ts";
import { startChromium, type Visit } from "./chromium.ts";
import { startApp, startStore } from "./processes.ts";
import { connectStore, seedConversation } from "./seed.ts";
import { figure, quantile, type Row } from "./table.ts";

const MESSAGES = 2_000;
const OPENINGS = 7;
const OPEN_MS = 200;
const CONVERSATIONS = 5_000;
const SCROLLED_PX = 40_000;
const PX_PER_SECOND = 8_000;

/** What people ask and models answer, `position` from 0. */
function message(position: number): string {
  if (position % 2 === 0) return `And what about the case number ${position}, is it the same?`;
  const code = "```ts\nexport const wait = (load: number) => load / (1 - load);\n```";
  return `Not quite. **Case ${position}** differs in two points:

- the wait grows with \`1 / (1 - load)\`, not with the load,
- what is measured *before* the queue says nothing of what is behind it.

${position % 6 === 1 ? code : "So measure both, and compare an hour with the hour before."}

That is message ${position}.`;
}

/** Resolves with when the last message, `MARK`, has been painted at the end of the view. */
const PAINTED = `new Promise((resolve) => {
  const look = () => {
    const last = [...document.querySelectorAll("assistant-message")].at(-1);
    const text = last?.querySelector("markdown-view .chunk");
    const seen = text && last.textContent.includes(MARK) &&
      text.getBoundingClientRect().bottom <= innerHeight;
    requestAnimationFrame(() => {
      if (!seen) return look();
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => resolve(performance.now());
      port2.postMessage("");
    });
  };
  look();
})`;

async function msToOpen({ page }: Visit, title: string): Promise<number> {
  return await page.evaluate(`(async () => {
    const MARK = "That is message ${MESSAGES - 1}.";
    document.querySelector(".new-chat").click();
    while (document.querySelector("assistant-message")) {
      await new Promise((resolve) => requestAnimationFrame(resolve));
    }
    await new Promise((resolve) => setTimeout(resolve, 300));
    const links = [...document.querySelectorAll("conversation-row a")];
    const begin = performance.now();
    links.find(({ title }) => title === ${JSON.stringify(title)}).click();
    return await ${PAINTED} - begin;
  })()`);
}

/** From a click to the last message, and from an address. */
export async function measureOpening(): Promise<Row> {
  const redis = await startStore();
  const env = { AUTH_MODE: "dev", REDIS_OM_URL: redis.url };
  const app = await startApp({ ...env, INFERENCE_SERVER_URL: "http://127.0.0.1:9" });
  const store = await connectStore(redis.url);
  const chromium = await startChromium();
  try {
    let id = "";
    for (let at = 0; at < OPENINGS; at += 1) {
      const options = { title: `bench ${at}`, content: message };
      id = await seedConversation(store, app.url, "dev", MESSAGES, options);
    }
    const visit = await chromium.visit(app.url);
    await visit.page.getByRole("link", { name: "bench 0" }).waitFor();
    await visit.page.waitForLoadState("networkidle");
    const clicks: number[] = [];
    for (let at = 0; at < OPENINGS; at += 1) clicks.push(await msToOpen(visit, `bench ${at}`));
    await visit.page.goto(`${app.url}/c/${id}`, { waitUntil: "commit" });
    const loaded = await visit.page.evaluate<number>(
      `(() => { const MARK = "That is message ${MESSAGES - 1}."; return ${PAINTED}; })()`,
    );
    const p50 = quantile(clicks, 0.5);
    return {
      budget: `Opening a conversation of ${MESSAGES.toLocaleString("en")} messages, from the click to its last message painted, p50 of ${OPENINGS}`,
      measured: `${figure(p50)} ms (the first ${figure(clicks[0] ?? 0)}, longest ${figure(Math.max(...clicks))})`,
      base: `${figure(loaded)} ms from its address in a new tab`,
      ratio: "",
      limit: `≤ ${OPEN_MS} ms`,
      kept: p50 <= OPEN_MS,
    };
  } finally {
    await chromium.end();
    await store.disconnect().catch(() => undefined);
    await app.end();
    await redis.stop();
  }
}

/** Scrolls on until the whole list is loaded, and back to the top. */
const LOAD_ALL = `(async () => {
  const scroller = document.querySelector("conversation-rows").parentElement;
  const picture = () => new Promise((resolve) => requestAnimationFrame(resolve));
  while (document.querySelector("conversation-rows .more")) {
    scroller.scrollTop = scroller.scrollHeight;
    await picture();
  }
  scroller.scrollTop = 0;
  for (let at = 0; at < 30; at += 1) await picture();
  globalThis.pictures = [];
  const next = (now) => {
    pictures.push(now);
    requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
  const { left, top, width, height } = scroller.getBoundingClientRect();
  return { x: left + width / 2, y: top + height / 2, scrolled: scroller.scrollHeight };
})()`;

/** Pictures a second while a finger flings through the sidebar. */
export async function measureSidebar(): Promise<Row> {
  const redis = await startStore();
  const env = { AUTH_MODE: "dev", REDIS_OM_URL: redis.url, ROLE: "web" };
  const app = await startApp({ ...env, INFERENCE_SERVER_URL: "http://127.0.0.1:9" });
  const chromium = await startChromium();
  try {
    for (let from = 0; from < CONVERSATIONS; from += 50) {
      const titles = Array.from({ length: 50 }, (_, at) => `Conversation ${from + at}`);
      const make = (title: string) =>
        callApi(app.url, "dev", "POST", "/api/conversations", { title });
      await Promise.all(titles.map(make));
    }
    const visit = await chromium.visit(app.url);
    await visit.page.locator("conversation-row").first().waitFor();
    const { x, y } = await visit.page.evaluate<{ x: number; y: number }>(LOAD_ALL);
    await visit.longTasks();
    await visit.page.evaluate("pictures.length = 0");
    await visit.tools.send("Input.synthesizeScrollGesture", {
      ...{ x, y, yDistance: -SCROLLED_PX, speed: PX_PER_SECOND, preventFling: true },
    });
    const times = await visit.page.evaluate<number[]>("pictures.slice()");
    const tasks = await visit.longTasks();
    const gaps = times.slice(1).map((time, at) => time - (times[at] ?? 0));
    const rate = (gaps.length * 1_000) / gaps.reduce((sum, gap) => sum + gap, 0);
    const late = gaps.filter((gap) => gap > 25).length;
    return {
      budget: `Scrolling ${CONVERSATIONS.toLocaleString("en")} conversations in the sidebar, ${PX_PER_SECOND.toLocaleString("en")} px/s`,
      measured: `${figure(rate)} pictures a second; ${late} of ${gaps.length} late, longest ${figure(Math.max(...gaps))} ms`,
      base: `${tasks.length} tasks over 50 ms`,
      ratio: "",
      limit: "60 a second",
      kept: rate >= 59,
    };
  } finally {
    await chromium.end();
    await app.end();
    await redis.stop();
  }
}
