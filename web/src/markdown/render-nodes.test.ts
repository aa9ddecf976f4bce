import { describe, expect, test } from "vitest";
import { parseMarkdown } from "./parse.ts";
import { renderNode } from "./render-nodes.ts";
import { markupOf } from "./rendered-text.test-data.ts";
import { resolveReferences } from "./resolve-references.ts";

function render(source: string): string {
  const tree = parseMarkdown(source);
  resolveReferences(tree);
  return markupOf(renderNode(tree, { complete: true, runOn: false, length: source.length + 1 }));
}

describe("what an answer may put on the page", () => {
  test.each([
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "a <b onclick=x>bold</b> word",
    "<!-- comment -->",
    "<svg><style>*{}</style></svg>",
  ])("%s is text", (source) => {
    const markup = render(source);
    expect(markup).toContain("&lt;");
    expect(markup).not.toMatch(/<(?:script|img|b|svg|style|!)/);
  });

  test.each([
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](data:text/html,hi)",
    "[x](vbscript:x)",
    "[x](file:///etc/passwd)",
    "[x](//elsewhere.example)",
    "[x](/c/here)",
    "<javascript:alert(1)>",
    "[x]\n\n[x]: javascript:alert(1)",
  ])("%s leads nowhere", (source) => {
    expect(render(source)).not.toContain("href");
  });

  test("a link opens apart from the page and says where", () => {
    const markup = render("[docs](https://example.org/a)");
    expect(markup).toContain("href=https://example.org/a title=example.org");
    expect(markup).toContain('target="_blank" rel="noopener noreferrer"');
    expect(render("me@example.org")).toContain("href=mailto:me@example.org");
  });

  test("a remote image is not requested", () => {
    const markup = render("![A plan](https://images.example.net/a.png)");
    expect(markup).toContain("<remote-image");
    expect(markup).not.toContain("<img");
    expect(render("![A plan](data:image/png;base64,AAAA)")).not.toContain("remote-image");
  });

  test("references become links where something defines them", () => {
    expect(render("See [the page][p].\n\n[p]: https://example.org/p")).toContain(
      "href=https://example.org/p",
    );
  });

  test("tables, tasks, footnotes and code keep their shape", () => {
    expect(render("| a | b |\n|:-:|--:|\n| 1 | 2 |")).toMatch(
      /<td class=align-right><span class="cell">2<\/span><\/td>/,
    );
    expect(render("- [x] done\n- [ ] open")).toMatch(/aria-label=Done.*aria-label=To do/s);
    expect(render("a[^1]\n\n[^1]: note")).toContain('class="footnote"');
    expect(render("```js\nlet a\n```")).toContain('.language="js"');
    expect(render("5. five\n6. six")).toContain("start=5");
  });
});
