import { loadHighlight } from "./load-highlight.ts";
import { MarkdownView } from "./markdown-view.ts";

/** Answers in small; the last brings what sets formulas, and its fonts. */
const SAMPLES: readonly string[] = [
  "One",
  "**Two**, *three*, `four` and [five](https://example.org/).\n",
  "1. Six\n2. Seven:\n   - eight,\n   - nine.\n\n- [x] Ten\n",
  "## Eleven\n\n> Twelve\n",
  "| Thirteen | Fourteen |\n|----:|-----|\n| 15 | `16` |\n",
  "```\nseventeen\n```\n",
  "\\(\\frac{\\sum_{i=1}^n x_i^2}{\\sqrt{1-\\rho}}\\)\n",
];

/**
 * Shows samples where nobody can see them, one whenever the page is idle: what runs or is laid out
 * for the first time is many times slower, and would hold up the first answer. One who saves data
 * is spared it.
 */
export function warmUp(): void {
  if ("connection" in navigator && savesData(navigator.connection)) return;
  const place = document.createElement("div");
  place.className = "warm-up";
  place.inert = true;
  place.ariaHidden = "true";
  const view = new MarkdownView();
  place.append(view);
  document.body.prepend(place);
  const samples = [...SAMPLES];
  const next = () => {
    const sample = samples.shift();
    if (sample !== undefined) {
      view.text = sample;
      whenIdle(next);
      return;
    }
    place.remove();
    loadHighlight().catch(() => undefined);
  };
  whenIdle(next);
}

function savesData(connection: unknown): boolean {
  return typeof connection === "object" && connection !== null && "saveData" in connection
    ? connection.saveData === true
    : false;
}

/** After the next picture, for what a picture draws is half the work; Safari knows no idleness. */
function whenIdle(task: () => void): void {
  requestAnimationFrame(() => {
    if ("requestIdleCallback" in window) requestIdleCallback(task);
    else setTimeout(task, 50);
  });
}
