import { expect, test } from "vitest";
import { askOn, lastAnswer, useBrowser, wholeAnswer } from "./browser.ts";
import { hasFocus } from "./in-page.ts";
import type { ModelServerOptions } from "./model-server.ts";
import { startPageApp } from "./page-app.ts";

const visit = useBrowser();

const setUp = (options: ModelServerOptions = {}) =>
  startPageApp({ tokensPerSecond: 200, ...options });

test("what a first answer needs is loaded and tried out before one asks, where nobody sees it", async () => {
  const page = await visit((await setUp()).url);
  // What is tried out before is in the way of nobody: neither to be seen, nor to be reached or read out.
  await page.addInitScript(`globalThis.tried = [];
    new MutationObserver(() => {
      const place = document.querySelector(".warm-up");
      if (!place || tried.length > 0) return;
      const { visibility } = getComputedStyle(place);
      tried.push({ visibility, inert: place.inert, hidden: place.ariaHidden });
    }).observe(document, { childList: true, subtree: true });`);
  await page.reload();
  const loaded = () =>
    page.evaluate<number>(
      `new Set(performance.getEntriesByType("resource").flatMap(({ name }) => name.match(/\\/(?:highlight|render-math)-.*js$/) ?? [])).size`,
    );
  await expect.poll(loaded).toBe(2);
  expect(await page.locator(".warm-up").count()).toBe(0);
  expect(await page.evaluate("tried")).toEqual([
    { visibility: "hidden", inert: true, hidden: "true" },
  ]);
});

test("formulas are set, prices stay prices, and what is no formula shows its source", async () => {
  const answer =
    "It costs $5 and $10. Inline $x^2$ and \\(y_1\\).\n\n$$\n\\frac{a}{b}\n$$\n\nWrong: $\\frac{1}{$.";
  const page = await visit((await setUp({ answer })).url);
  await askOn(page, "formulas");
  expect(await wholeAnswer(page)).toContain("It costs $5 and $10.");
  const formulas = lastAnswer(page).locator("math-formula");
  await expect.poll(() => formulas.locator(".katex math").count()).toBe(3);
  await expect.poll(() => formulas.last().innerText()).toBe("\\frac{1}{");
});

test("what stands of an answer stays where it is while the rest is written, and when it ends", async () => {
  const rows = Array.from({ length: 6 }, (_, row) => `| row ${row} | ${row * 7} |\n`).join("");
  const lines = Array.from(
    { length: 8 },
    (_, line) => `const line${line} = depth(${line});\n`,
  ).join("");
  const part = `## A part

One paragraph, with a formula $x^2$ in it, and **strong** words.

1. The first item
2. the second

\`\`\`js
${lines}\`\`\`

| what | how much |
|---|---|
${rows}
> A word by somebody else.

`;
  const page = await visit((await setUp({ answer: part.repeat(2), tokensPerSecond: 120 })).url);
  await askOn(page, "parts");
  await page.locator("assistant-message markdown-view").waitFor();
  await page.evaluate(`(() => {
    globalThis.gone = [];
    const named = "p, h3, ol, li, table, tr, td, code-block, math-formula, .katex, .lines, .lines span";
    new MutationObserver((changes) => {
      for (const { removedNodes } of changes) {
        for (const node of removedNodes) if (node.matches?.(named)) gone.push(node.outerHTML);
      }
    }).observe(document.querySelector("assistant-message markdown-view"), { childList: true, subtree: true });
  })()`);
  await wholeAnswer(page);
  await expect.poll(() => lastAnswer(page).locator("math-formula .katex-html").count()).toBe(2);
  await expect.poll(() => lastAnswer(page).locator(".lines .hljs-keyword").count()).toBe(16);
  expect(await page.evaluate("gone")).toEqual([]);
});

test("a footnote is reached from its reference, and leads back", async () => {
  const answer = `A claim[^1].\n\n${"A paragraph.\n\n".repeat(60)}[^1]: The source.`;
  const page = await visit((await setUp({ answer, tokensPerSecond: 0 })).url);
  await askOn(page, "footnotes");
  await wholeAnswer(page);
  await lastAnswer(page).getByRole("button", { name: "Footnote 1", exact: true }).click();
  const note = lastAnswer(page).getByRole("note");
  await expect.poll(() => hasFocus(page, "[data-note]")).toBe(true);
  await note.getByRole("button", { name: /Back/ }).click();
  await expect.poll(() => hasFocus(page, "[data-reference]")).toBe(true);
});

test("code has its language, its colours, a switch to wrap it, and a button to copy it", async () => {
  const code = `const a = "x"; // ${"long ".repeat(60)}\n\nlet b = 2;\n`;
  const page = await visit((await setUp({ answer: `Here:\n\n\`\`\`js\n${code}\`\`\`\n` })).url);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await askOn(page, "code");
  await wholeAnswer(page);
  const block = lastAnswer(page).locator("code-block");
  await expect.poll(() => block.innerText()).toContain("js");
  await expect.poll(() => block.locator(".hljs-keyword").count()).toBe(2);
  const pre = block.locator("pre");
  const scrolls = () => pre.evaluate((one) => one.scrollWidth > one.clientWidth);
  expect(await scrolls()).toBe(true);
  await block.getByRole("button", { name: "Wrap lines" }).click();
  await expect.poll(scrolls).toBe(false);
  await block.getByRole("button", { name: "Copy code" }).click();
  await expect.poll(() => page.evaluate("navigator.clipboard.readText()")).toBe(code.trimEnd());
});

test("an answer is copied as Markdown, and as text that keeps its form", async () => {
  const answer = "A **bold** word, a [link](https://example.test/) and <b>a tag</b>.";
  const page = await visit((await setUp({ answer })).url);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await askOn(page, "copy");
  await wholeAnswer(page);
  await lastAnswer(page).getByRole("button", { name: "Copy", exact: true }).click();
  const read = (type: string) =>
    page.evaluate(`navigator.clipboard.read()
      .then(([item]) => item.types.includes("${type}") ? item.getType("${type}") : new Blob())
      .then((blob) => blob.text())`);
  await expect.poll(() => read("text/plain")).toBe(answer);
  expect(await read("text/html")).toContain("<strong>bold</strong>");
  expect(await read("text/html")).not.toContain("<b>");
});

test("an opinion of an answer is shown at once, in every tab, and kept with its note", async () => {
  const page = await visit((await setUp({ answer: "An answer." })).url);
  await askOn(page, "rate me");
  await wholeAnswer(page);
  const tab = await page.context().newPage();
  await tab.goto(page.url());
  await wholeAnswer(tab);
  const good = (one: typeof page) => lastAnswer(one).getByRole("button", { name: "Good answer" });
  const bad = lastAnswer(page).getByRole("button", { name: "Bad answer" });
  const answered = Promise.withResolvers<void>();
  await page.route("**/feedback", async (route) => {
    await answered.promise;
    await route.continue();
  });
  await good(page).click();
  // Before the server knows.
  await expect.poll(() => good(page).getAttribute("aria-pressed")).toBe("true");
  expect(await good(tab).getAttribute("aria-pressed")).toBe("false");
  answered.resolve();
  await expect.poll(() => good(tab).getAttribute("aria-pressed")).toBe("true");
  await bad.click();
  await lastAnswer(page).getByRole("textbox").fill("It is too short.");
  await lastAnswer(page).getByRole("button", { name: "Save" }).click();
  await expect.poll(() => good(tab).getAttribute("aria-pressed")).toBe("false");
  await page.reload();
  await expect.poll(() => bad.getAttribute("aria-pressed")).toBe("true");
  await bad.click();
  await expect.poll(() => bad.getAttribute("aria-pressed")).toBe("false");
});

test("the details say how the answer came to be", async () => {
  const page = await visit((await setUp({ answer: "An answer.\n\n".repeat(40) })).url);
  await askOn(page, "details");
  await wholeAnswer(page);
  await lastAnswer(page).hover();
  await page.mouse.wheel(0, -200);
  await page.getByRole("button", { name: "Jump to latest" }).waitFor();
  await lastAnswer(page).getByRole("button", { name: "Details" }).click();
  const details = lastAnswer(page).locator("dl");
  const text = await details.innerText();
  for (const name of ["Model", "Engine", "First token", "In line", "Generation"]) {
    expect(text).toContain(name);
  }
  // Nothing of it is behind the box that floats over the end of the text.
  const box = await page.getByRole("textbox", { name: "Message" }).boundingBox();
  const bottom = async () => {
    const place = await details.boundingBox();
    return (place?.y ?? 0) + (place?.height ?? 0);
  };
  await expect.poll(bottom).toBeLessThan(box?.y ?? 0);
});

test("one who reads further up is left alone while the answer grows, and can jump to the end", async () => {
  const answer = Array.from({ length: 150 }, (_, n) => `Paragraph ${n} of it.\n\n`).join("");
  const page = await visit((await setUp({ answer })).url);
  await askOn(page, "long");
  // What is far above is skipped by the browser, and has no innerText then.
  await expect.poll(() => lastAnswer(page).textContent()).toContain("Paragraph 40 ");
  await lastAnswer(page).hover();
  await page.mouse.wheel(0, -600);
  await page.getByRole("button", { name: "Jump to latest" }).waitFor();
  const first = lastAnswer(page).locator("p", { hasText: "Paragraph 10 of" });
  const before = await first.evaluate((one) => one.getBoundingClientRect().top);
  await expect.poll(() => lastAnswer(page).textContent()).toContain("Paragraph 90 ");
  const after = await first.evaluate((one) => one.getBoundingClientRect().top);
  expect(Math.abs(after - before)).toBeLessThan(1);
  await page.getByRole("button", { name: "Jump to latest" }).click();
  await wholeAnswer(page);
  await expect
    .poll(() =>
      page
        .locator(".scroller")
        .evaluate((one) => one.scrollHeight - one.scrollTop - one.clientHeight),
    )
    .toBeLessThan(50);
});

test("a long answer stands as it was written when it is opened again, and each part keeps its place", async () => {
  const code = "```ts\nlet a = 1;\n```";
  const table = "| a | b |\n|---|---|\n| c | d |";
  // As many kinds of blocks as fit nowhere evenly: each of them begins what is skipped together.
  const part = (n: number) =>
    `## Part ${n}\n\nSome text.\n\n- one\n- two\n\n${code}\n\n1. one\n\n   more\n\n2. two\n\n---\n\n> said\n\n${table}\n\n- [x] done\n\nText.\n\n$$a + b$$\n\n`;
  const answer = Array.from({ length: 18 }, (_, n) => part(n)).join("");
  const page = await visit((await setUp({ answer, tokensPerSecond: 0 })).url);
  await askOn(page, "parts");
  await wholeAnswer(page);
  /** What has never been seen has no place yet: each part is looked at. */
  const places = async () => {
    for (const heading of await lastAnswer(page).locator("h3").all()) {
      await heading.scrollIntoViewIfNeeded();
    }
    return await lastAnswer(page).evaluate((article) => {
      const top = article.getBoundingClientRect().top;
      const headings = [...article.querySelectorAll(".prose h3")];
      return headings.map((one) => Math.round(one.getBoundingClientRect().top - top));
    });
  };
  await expect.poll(() => lastAnswer(page).locator("h3").count()).toBe(18);
  await expect.poll(() => lastAnswer(page).locator(".katex").count()).toBe(18);
  const steps = (all: number[]) => all.slice(1).map((place, at) => place - (all[at] ?? 0));
  // Where the browser is told what it may skip must not be seen.
  const even = (all: number[]) => Math.max(...all) - Math.min(...all) <= 1;
  const written = await places();
  expect(even(steps(written)), String(steps(written))).toBe(true);
  await page.reload();
  await wholeAnswer(page);
  await expect.poll(places).toEqual(written);
});

test("a list that goes on for long has no gap where it is cut", async () => {
  const words = "what is measured on a quiet machine is a promise";
  const items = Array.from({ length: 200 }, (_, n) => `- ${n} ${words}\n`).join("");
  const answer = `${"Text.\n\n".repeat(15)}${items}`;
  const page = await visit((await setUp({ answer, tokensPerSecond: 0 })).url);
  await askOn(page, "list");
  await wholeAnswer(page);
  const gaps = await lastAnswer(page).evaluate((article) => {
    const places = [...article.querySelectorAll("li")].map((one) => one.getBoundingClientRect());
    return places.slice(1).map((place, at) => place.top - (places[at]?.bottom ?? 0));
  });
  expect(gaps).toHaveLength(199);
  expect(Math.max(...gaps) - Math.min(...gaps), String(gaps)).toBeLessThanOrEqual(1);
});

test("a cell of a right-to-left table is read in its own direction, and stands in the table's", async () => {
  const answer = "| المحاولة | المتوقع |\n|---|---|\n| الأولى | 125 ms |\n| الثانية | 5 ثوانٍ |\n";
  const page = await visit((await setUp({ answer })).url);
  await askOn(page, "table");
  await wholeAnswer(page);
  const placed = (await page.evaluate(`[...document.querySelectorAll("td")].map((cell) => {
    const text = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
    const { data } = text.nextNode();
    const box = (from, to) => {
      const range = document.createRange();
      range.setStart(text.currentNode, from);
      range.setEnd(text.currentNode, to);
      return range.getBoundingClientRect();
    };
    const [first, last] = [box(0, 1), box(data.length - 1, data.length)];
    return { data, ltr: first.left < last.left, right: box(0, data.length).right };
  })`)) as { data: string; ltr: boolean; right: number }[];
  const directions = Object.fromEntries(placed.map(({ data, ltr }) => [data, ltr]));
  expect(directions).toEqual({
    الأولى: false,
    "125 ms": true,
    الثانية: false,
    "5 ثوانٍ": false,
  });
  const column = placed.filter(({ data }) => /\d/.test(data)).map(({ right }) => right);
  expect(column).toHaveLength(2);
  expect(Math.abs((column[0] ?? 0) - (column[1] ?? 0))).toBeLessThan(1);
});
