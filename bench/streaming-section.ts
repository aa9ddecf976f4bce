import type { Visit } from "./chromium.ts";
import { longAnswer, tokensOf } from "./long-answer.ts";
import { figure, type Row } from "./table.ts";
import { watchAnswer } from "./watched-answer.ts";

const THROTTLE = 6;
const LINES = 2_000;
/** Of 100,000 characters, so many of the first and of the last are measured. */
const [LONG_TEXT, MEASURED] = [100_000, 10_000];

const told = (tasks: readonly number[]) =>
  tasks.length === 0 ? "none" : `${tasks.length}, longest ${figure(Math.max(...tasks))} ms`;

/** The last heading of a text, by which one sees that all of it is shown. */
const lastHeading = (text: string) => text.match(/Part \d+:/g)?.at(-1) ?? "";

/** Tasks of the page while the last `written` lines of a long answer are written, and it ends. */
export async function measureTasks(tokensPerSecond: number, written: number): Promise<Row> {
  const lines = longAnswer(LINES).split("\n");
  const before = `${lines.slice(0, LINES - written).join("\n")}\n`;
  const rest = `${lines.slice(LINES - written, LINES).join("\n")}\n`;
  let loading: number[] = [];
  let catchingUp: number[] = [];
  let writing: number[] = [];
  let busy = 0;
  let began = 0;
  await watchAnswer({
    tokensPerSecond,
    throttle: THROTTLE,
    stretches: [
      { text: before, pieces: "big" },
      { text: rest, pieces: "tokens" },
    ],
    async warm(visit: Visit) {
      loading = await visit.longTasks();
    },
    async reached(stretch: number, visit: Visit) {
      if (stretch === 0) return;
      if (stretch === 1) {
        await visit.shows(lastHeading(before));
        catchingUp = await visit.longTasks();
        busy = -(await visit.taskSeconds());
        began = performance.now();
        return;
      }
      busy = (busy + (await visit.taskSeconds())) / ((performance.now() - began) / 1_000);
      writing = await visit.longTasks();
    },
  });
  return {
    budget: `Tasks over 50 ms, ${tokensPerSecond} tokens/s, the last ${written} of ${LINES.toLocaleString("en")} lines and the end, processor ${THROTTLE} × slower`,
    measured: `${told(writing)}; main thread ${Math.round(busy * 100)} % busy`,
    base: `while all lines before came at once: ${told(catchingUp)}; first answer of the page, with what it loads: ${told(loading)}`,
    ratio: "",
    limit: "none",
    kept: writing.length === 0,
  };
}

/** Main-thread time for a token early and late in one answer. */
export async function measureFlatPage(): Promise<Row> {
  const text = longAnswer(LONG_TEXT / 20).slice(0, LONG_TEXT);
  const [first, last] = [text.slice(0, MEASURED), text.slice(-MEASURED)];
  const spent: number[] = [];
  const between = text.slice(MEASURED, -1.5 * MEASURED);
  await watchAnswer({
    tokensPerSecond: 120,
    throttle: 1,
    stretches: [
      { text: first, pieces: "tokens" },
      { text: between, pieces: "big" },
      // Until all of that is shown.
      { text: text.slice(-1.5 * MEASURED, -MEASURED), pieces: "tokens" },
      { text: last, pieces: "tokens" },
      { text: "The end.\n", pieces: "tokens" },
    ],
    warm: async () => undefined,
    async reached(_stretch: number, visit: Visit) {
      spent.push(await visit.taskSeconds());
    },
  });
  const perToken = (from: number, of: string) =>
    (((spent[from + 1] ?? 0) - (spent[from] ?? 0)) * 1e6) / tokensOf(of).length;
  const [early, late] = [perToken(0, first), perToken(3, last)];
  return {
    budget: "Main thread of the page per token, characters 90,000 to 100,000 of an answer",
    measured: `${figure(late)} µs`,
    base: `${figure(early)} µs the first 10,000`,
    ratio: figure(late / early),
    limit: "flat (≤ 1.3 ×)",
    kept: late / early <= 1.3,
  };
}
