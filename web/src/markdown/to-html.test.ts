import { expect, test } from "vitest";
import { markdownToHtml } from "./to-html.ts";

test.each([
  ["**strong** and `code`", "<p><strong>strong</strong> and <code>code</code></p>"],
  ["<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"],
  ['[x](javascript:alert(1) "t")', '<p><a href="" title="t">x</a></p>'],
  [
    "![A cat](https://elsewhere.test/cat.png)",
    '<p><a href="https://elsewhere.test/cat.png">A cat</a></p>',
  ],
  ["![x](data:image/svg+xml;base64,AAAA)", '<p><a href="">x</a></p>'],
  ["The sum $a < b$", "<p>The sum <code>$a &lt; b$</code></p>"],
  ["$$\n\\int x\n$$", "<p><code>$$\n\\int x\n$$</code></p>"],
])("%j goes to the clipboard as %j", (source, html) => {
  expect(markdownToHtml(source).trim()).toBe(html);
});

test("tables and lists keep their shape", () => {
  const html = markdownToHtml("| a | b |\n|---|--:|\n| 1 | 2 |\n\n- [x] done");
  expect(html).toContain("<th>a</th>");
  expect(html).toContain('<td align="right">2</td>');
  expect(html).toMatch(/<input type="checkbox" disabled="" checked="" ?\/?>/);
});
