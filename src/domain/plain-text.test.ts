import fc from "fast-check";
import { expect, test } from "vitest";
import { plainTextAt } from "./plain-text.ts";

/** The whole text as it reads, one line of it, from the place where "zebra" is. */
function read(markdown: string): string | undefined {
  return plainTextAt(markdown, markdown.indexOf("zebra"))?.text.replaceAll(/\s+/g, " ").trim();
}

test.each([
  ["A **zebra** has *very* ***black*** stripes.", "A zebra has very black stripes."],
  ["**ze**bra: the zebra", "zebra: the zebra"],
  ["__A__ _zebra_ is ~~no~~ horse", "A zebra is no horse"],
  ["## About the zebra ##", "About the zebra"],
  ["Call `zebra()` or ``a `tick` ``.", "Call zebra() or a `tick` ."],
  ['See [the **zebra** page](https://example.org/a_(b) "Title").', "See the zebra page."],
  ["![A zebra](https://example.org/z.png)[^1]", "A zebra"],
  ["By [name][1], <https://zebra.example/>", "By name, https://zebra.example/"],
  ["- one\n- [x] a zebra\n  * two", "• one • a zebra • two"],
  ["1. one\n2. a zebra", "1. one 2. a zebra"],
  ["> quoted\n>> **zebra**", "quoted zebra"],
  ["| Animal | Legs |\n|:---|---:|\n| **zebra** | 4 |", "Animal · Legs zebra · 4"],
  ["Title\n=====\n\nzebra\n\n---\n\nend", "Title zebra end"],
  ["$$\nzebra\n$$", "zebra"],
  ["\\*no emphasis\\* on a zebra", "*no emphasis* on a zebra"],
  ["snake_case_zebra, 2 * 3 * 4 and 2**8", "snake_case_zebra, 2 * 3 * 4 and 2**8"],
  ["**half a zebra", "half a zebra"],
])("reads %j as %j", (markdown, text) => {
  expect(read(markdown)).toBe(text);
});

test("code keeps its signs, and its language stands above it as on the page", () => {
  expect(read("Say:\n\n```python\n# zebra\nx = a ** b\n```\n\n**done**")).toBe(
    "Say: python # zebra x = a ** b done",
  );
  // The fence is further up than what is read.
  const long = `\`\`\`\n${"line\n".repeat(200)}# zebra\n\`\`\`\n# Heading`;
  expect(read(long)).toMatch(/line # zebra Heading$/);
});

test("in the address of a link nothing is read", () => {
  expect(read("See [this](https://example.org/zebra).")).toBeUndefined();
});

test("only what is around the place is read, and it says whether there is more", () => {
  const around = plainTextAt(`${"a ".repeat(5_000)}zebra${" b".repeat(5_000)}`, 10_000);
  expect(around).toMatchObject({ isBegun: true, isCut: true });
  expect(around?.text.length).toBeLessThan(1_000);
  expect(around?.text.slice(around.at).startsWith("zebra")).toBe(true);
  expect(plainTextAt("**zebra**", 2)).toEqual({
    text: "zebra",
    at: 0,
    isBegun: false,
    isCut: false,
  });
});

test("whatever stands around it, a word stays where the place is", () => {
  const sign = fc.constantFrom(..."*_`~[]()|#>-+\\$ \n:x1!".split(""), "```", "**", "](");
  fc.assert(
    fc.property(fc.array(sign, { maxLength: 60 }), fc.array(sign, { maxLength: 60 }), (a, b) => {
      const [before, after] = [a.join(""), b.join("")];
      const plain = plainTextAt(`${before}zebra${after}`, before.length);
      if (plain === undefined) return;
      expect(plain.text.slice(plain.at).replaceAll(/[*_~`]/g, "")).toMatch(/^zebra/);
    }),
    { numRuns: 2_000 },
  );
});
