import { expect, test } from "vitest";
import { definitionsFor } from "./render-blocks.ts";
import { markupOf } from "./rendered-text.test-data.ts";
import { type Renderer, SettledBlocks, type Shown } from "./settled-blocks.ts";
import { splitBlocks } from "./split-blocks.ts";
import { NO_TEXT } from "./split-text.ts";

/** Shows a text as a page would, and says which of its blocks were rendered for it. */
function reader() {
  const settled = new SettledBlocks();
  let rendered: string[] = [];
  const engine: Renderer = {
    definitionsFor,
    renderBlock({ source }, definitions) {
      rendered.push(source.trim());
      return `${source.trim()}${definitions.length > 0 ? "!" : ""} `;
    },
  };
  let split = NO_TEXT;
  return (text: string, most = Number.POSITIVE_INFINITY) => {
    split = splitBlocks(split, text);
    rendered = [];
    const mayGoOn = () => rendered.length < most;
    const shown = settled.show(split, true, engine, () => "tail", mayGoOn);
    return { ...shown, rendered, text: textOf(shown) };
  };
}

const textOf = ({ groups }: Shown) =>
  groups
    .map((group) => markupOf(group).replaceAll(/<[^>]*>/g, ""))
    .join("")
    .trim();

/** So many settled paragraphs; one more is growing. */
const paragraphs = (count: number) =>
  Array.from({ length: count + 1 }, (_, at) => `p${at}\n\n`).join("");

test("a settled block is rendered once, however often the text grows", () => {
  const show = reader();
  expect(show(paragraphs(9)).rendered).toHaveLength(9);
  expect(show(`${paragraphs(9)}p10\n`).rendered).toEqual(["p9"]);
  expect(show(`${paragraphs(9)}p10\ngoes on`).rendered).toEqual([]);
});

test("what there is no time for comes later, in order, and the tail last", () => {
  const show = reader();
  const text = paragraphs(6);
  expect(show(text, 2)).toMatchObject({ complete: false, text: "p0 p1" });
  expect(show(text, 3)).toMatchObject({ complete: false, text: "p0 p1 p2 p3 p4" });
  expect(show(text, 3)).toMatchObject({ complete: true, text: "p0 p1 p2 p3 p4 p5 tail" });
});

test("a reference whose definition has come stays as it was until there is time", () => {
  const show = reader();
  const before = `[a][x]\n\n${paragraphs(5)}`;
  expect(show(before).text).toMatch(/^\[a\]\[x\]! p0/);
  const text = `${before}[x]: https://example.org\n\nmore`;
  const late = show(text, 0);
  expect(late.complete).toBe(false);
  expect(late.text).toMatch(/^\[a\]\[x\]! p0 p1 p2 p3 p4/);
  const done = show(text);
  expect(done.complete).toBe(true);
  expect(done.rendered).toContain("[a][x]");
  expect(done.rendered).not.toContain("p0");
});

test("only what is far above the end may be skipped by the browser, and what becomes so keeps its blocks", () => {
  const show = reader();
  const far = (text: string) => {
    const { groups, rendered } = show(text);
    return { far: groups.filter((one) => markupOf(one).includes(" far")).length, rendered };
  };
  expect(far(paragraphs(28)).far).toBe(0);
  const later = far(paragraphs(64));
  expect(later.far).toBe(5);
  expect(later.rendered).toHaveLength(36);
});
