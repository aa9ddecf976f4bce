const many = (piece: string, times: number) => piece.repeat(times);

/** Answers that try to run, to fetch, to deceive or to hang; each is a whole answer. */
export const HOSTILE: Readonly<Record<string, string>> = {
  scripts:
    '<script>document.title="x"</script>\n\n<img src=x onerror="document.title=1">\n\n<svg onload="document.title=1"><style>*{background:url(https://evil.test/s)}</style><image href="https://evil.test/i"/></svg>\n\n<iframe src="https://evil.test/f"></iframe><link rel=stylesheet href="https://evil.test/c"><base href="https://evil.test/"><meta http-equiv=refresh content="0;url=https://evil.test">\n\n<style>@import "https://evil.test/a.css";</style>\n\n<form action="https://evil.test"><button>Send</button></form>',
  links:
    "[a](javascript:alert(1)) [b](JaVaScRiPt:alert(1)) [c](data:text/html,<script>alert(1)</script>) [d](vbscript:x) [e](file:///etc/passwd) [f](//evil.test/x) [g](/c/here) [h](blob:https://evil.test/1)\n\n<javascript:alert(1)> <data:text/html,x>\n\n[i][r] [j][s] ![k][t]\n\n[r]: javascript:alert(1)\n[s]: data:text/html,x\n[t]: https://evil.test/t.png\n\n[bank.example](https://evil.test/login) [https://bank.example/a](https://bank.example.evil.test/) [x](https://user:pass@evil.test/) [y](http://xn--80ak6aa92e.test) https://evil.test/auto www.evil.test m@evil.test",
  images:
    '![a](https://evil.test/a.png) ![b](//evil.test/b.png) ![c](data:image/svg+xml,<svg/onload=alert(1)>) ![d](https://evil.test/d.png "t" onerror=x) [![e](https://evil.test/e.png)](https://evil.test)\n\n![half](https://evil.test/half.p',
  formulas:
    "$\\includegraphics{https://evil.test/x.png}$ $\\href{javascript:alert(1)}{x}$ $\\url{https://evil.test}$ $\\htmlData{a=b}{x}$ $\\htmlStyle{position:fixed;inset:0}{x}$ $\\htmlClass{toast}{x}$ $\\htmlId{message}{x}$\n\n$\\def\\a{\\b\\b}\\def\\b{\\c\\c}\\def\\c{\\d\\d}\\def\\d{\\e\\e}\\def\\e{\\f\\f}\\def\\f{\\g\\g}\\def\\g{xxxxxxxxxx}\\a\\a\\a\\a$ $\\def\\x{\\x}\\x$ $\\rule{99999em}{99999em}$ $\\pmb{x} \\fcolorbox{red}{blue}{y} \\color{red}{z} \\colorbox{#fff}{w}$ $\\Huge\\Huge x$ $\\kern-999em x$ $\\raisebox{999em}{x}$\n\n$$\\begin{matrix}" +
    many("a&", 300) +
    "\\end{matrix}$$\n\n$" +
    many("{", 800) +
    many("}", 800) +
    "$ \\(" +
    many("\\frac{1}{", 300) +
    many("}", 300) +
    "\\) $\\unknown{x}$ $\\verb|<img src=x>|$ $\\text{<b>}$",
  deception:
    "Safe \u202Etxt.exe\u202C and \u2066isolated\u2069 and zero\u200Bwidth \u{E0068}\u{E0069} end.\n\n`code \u202E reversed` \n\n```js\nif (admin\u202E \u2066// check\u2069 \u2066) {\u200B x\n```\n\n[pay\u202Epal](https://evil.test)",
  nesting: `${many("> ", 3_000)}deep\n\n${many("- ", 3_000)}deep\n\n${Array.from({ length: 120 }, (_, n) => `${many("  ", n)}- level ${n}`).join("\n")}\n\n${many("*a **b ", 400)}\n\n${many("[", 3_000)}x${many("]", 3_000)}\n\n${many("[a](", 800)}\n\n${many("![", 1_500)}`,
  regexes: `${many("`", 4_001)} a\n\n${many("` `` ", 1_500)}\n\n${many("*", 4_000)}\n\n${many("_ ", 3_000)}x\n\n${many("- ", 2_000)}x\n\n${many("<a", 2_000)}\n\n${many("&amp", 2_000)}\n\n${many("$x ", 1_500)}\n\n${many("\\(", 2_000)}\n\n${many("|", 3_000)}\n${many("|-", 1_500)}|\n\n${many("\\", 4_001)}\n\n${many(" ", 5_000)}x\n\n${many("~~a", 1_500)}\n\n${many("https://a.", 800)}\n\n${many("a@", 2_000)}`,
  definitions: Array.from({ length: 1_500 }, (_, n) => `[a${n}]: https://evil.test/${n}`).join(
    "\n",
  ),
};

/** One line of a megabyte, which only has to be bounded in time. */
export const ENDLESS_LINE = many("word **bold** `code` ", 50_000);
