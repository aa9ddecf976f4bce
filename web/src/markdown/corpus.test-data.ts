const CODE = [
  "```js",
  "const a = `b` * c ** 2; // $5 [x](y) **no**",
  "if (a < b && c > d) { return '|'; }",
  "",
  "# not a heading",
  "```",
].join("\n");

/** Texts as models write them, and some that try the reader; each is shown growing. */
export const CORPUS: Readonly<Record<string, string>> = {
  prose:
    "Some **bold words**, *italic*, ***both***, `code`, ``a ` tick`` and ~~gone~~ text.\n\nA [link](https://example.org/a_(b)), https://example.com/x?y=1&z=2, <https://example.net/q> and me@example.org. AT&T &amp; 2 < 3 &lt; 4.\n\nSnake_case_name, 2 * 3 * 4 = 24, 5*x, about ~5 or ~~6~~, a \\*literal\\* star!",
  headings:
    "# One **bold**\n\nText\n\n## Two `code`\nmore\n\n### Three\n\n---\n\nafter\n\n***\n\nend",
  lists:
    "- first **item**\n- second [item](https://example.org/x)\n  - nested *one*\n    - deeper `two`\n  - nested again\n- third\n\n1. one\n2. two\n   continued here\n10. ten\n\n* star\n* list\n\n+ plus",
  tasks: "- [x] done **now**\n- [ ] open\n  - [x] inner\n- [link](https://example.org) item",
  table:
    "Before:\n\n| a | **b** | c |\n|:--|--:|:-:|\n| `1` | 2 | [x](https://example.org) |\n| long *cell* text | $x^2$ | |\n\nAfter.",
  "table in a list":
    "- item:\n\n  | a | b |\n  |---|---|\n  | 1 | **2** |\n\n- next\n\n> | q | r |\n> |---|---|\n> | 1 | 2 |\n\nend",
  quotes: "> quoted **text**\n> more *of it*\n>\n> - a list\n> - in it\n>\n> > deeper\n\nout",
  code: `Run this:\n\n${CODE}\n\nand \`inline *code*\` too.\n\n~~~\nplain **text**\n~~~\nend`,
  "code in a list": `1. First:\n\n   ${CODE.replaceAll("\n", "\n   ")}\n\n2. Then \`x\`:\n   \`\`\`py\n   a = b * c * "**"\n   \`\`\`\n3. Last`,
  formulas:
    "Inline $a_1 * b_2 = c^*$, \\(x_i^{*} + \\frac{1}{2}\\) and $$y = [z](w)$$ here.\n\n$$\n\\sum_{i=1}^n i = \\frac{n(n+1)}{2}\n$$\n\n\\[\na\n+ b\n- c\n\\]\n\nWhere:\n\\[ E = mc^2 \\]\n\n- item $x$\n  \\[\n  y > 0\n  \\]\n- next\n\nIt costs $5 and $10, or US$20, not $x$ dollars. \\$3 \\[not math",
  footnotes:
    "A claim[^1] and another[^note].\n\n- in a list[^1]\n\n[^1]: The *first* source.\n[^note]: The second one\n    goes on.\n\nText after.",
  references:
    'See [the page][p] and [another **one**][q].\n\n[p]: https://example.org/p\n[q]: https://example.org/q "Title"\n\nDone.',
  html: 'Use <b>bold</b> & <br/> or <details><summary>x</summary>\n\n<script>alert("*x*")</script>\n\n<!-- a comment --> and <div class="a">text</div>',
  languages:
    "مرحبا **بالعالم**، هذا `رمز` و[رابط](https://example.org).\n\n**中文**测试，*强调*文本。公式 $x$ 在这里。\n\n- 日本語の**項目**です\n\n👩‍👩‍👧 é̂ 🏴󠁧󠁢󠁥󠁮󠁧󠁿 flags",
};
