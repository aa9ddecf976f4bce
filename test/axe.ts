import axe from "axe-core";
import type { Page } from "playwright-core";

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

const LOOKS = 10;

/** Two pictures later the other theme is on the screen, and what moves towards it has arrived. */
const AT_REST = `new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
  .then(() => Promise.all(document.getAnimations().map((one) => one.finished.catch(() => 0))))`;

/**
 * What axe finds on the page as it is now, one line each: the rule and the elements. It is put in
 * by the debugger, which the page's policy does not bind: the policy stays on.
 */
async function violationsOn(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const run = `axe.run(document, { runOnly: ${JSON.stringify(RULES)}, resultTypes: ["violations"] })
    .then(({ violations }) => violations.map(({ id, nodes }) => id + ": " +
      nodes.map(({ html, any }) => html.slice(0, 160) + " " + any.map(({ message }) => message).join("; ")).join(" | ")))`;
  const found: unknown = await page.evaluate(run);
  return Array.isArray(found) ? found.map(String) : ["axe gave no answer"];
}

/** The same in both themes, once everything that moves has come to rest. */
export async function violationsInBothThemes(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    let lines: readonly string[] = [];
    // What opens late may be on its way while the first look is taken: what stays is a fault.
    for (let look = 0; look < LOOKS; look += 1) {
      await page.evaluate(AT_REST);
      lines = await violationsOn(page);
      if (lines.length === 0) break;
    }
    for (const line of lines) found.push(`${colorScheme}: ${line}`);
  }
  return found;
}
