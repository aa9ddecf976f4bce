import { setTimeout as sleep } from "node:timers/promises";
import { type CDPSession, chromium, type Page } from "playwright-core";

/** Of Debian's package; `npm run bench` says where it is. */
const EXECUTABLE = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";

/** A page of the product in a real Chromium, with its development tools. */
export interface Visit {
  readonly page: Page;
  readonly tools: CDPSession;
  /** Makes the page's processor so many times slower; 1 ends it. */
  throttle(times: number): Promise<void>;
  /** Seconds that the page's main thread has spent in tasks. */
  taskSeconds(): Promise<number>;
  /** The durations of all tasks of more than 50 ms since the last call, in ms. */
  longTasks(): Promise<number[]>;
  /** Waits until the newest answer shows `text`. */
  shows(text: string): Promise<void>;
}

/** A Chromium of the bench's own; each visit is a new person's. */
export async function startChromium() {
  const browser = await chromium.launch({
    executablePath: EXECUTABLE,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"],
  });
  return {
    /** Opens `url` in a window of an ordinary notebook. */
    async visit(url: string): Promise<Visit> {
      const viewport = { width: 1440, height: 900 };
      const context = await browser.newContext({ locale: "en-GB", viewport });
      await context.addInitScript(WATCH_TASKS);
      const page = await context.newPage();
      const tools = await context.newCDPSession(page);
      await tools.send("Performance.enable");
      await page.goto(url);
      return {
        page,
        tools,
        async throttle(rate) {
          await tools.send("Emulation.setCPUThrottlingRate", { rate });
        },
        async taskSeconds() {
          const { metrics } = await tools.send("Performance.getMetrics");
          return metrics.find(({ name }) => name === "TaskDuration")?.value ?? 0;
        },
        longTasks: () => page.evaluate("longTasks.splice(0)"),
        async shows(text) {
          const shown = `[...document.querySelectorAll("markdown-view")].at(-1)?.textContent.includes(${JSON.stringify(text)})`;
          // Seldom: to look is work that the page is measured by.
          while (!(await page.evaluate<boolean>(shown))) await sleep(500);
        },
      };
    },
    end: () => browser.close(),
  };
}

// Scripts that run inside a page are text: the bench itself knows nothing of a DOM.
const WATCH_TASKS = `globalThis.longTasks = [];
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) longTasks.push(duration);
}).observe({ type: "longtask" });`;
