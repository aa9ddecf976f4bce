/** Indent, and what there may be before the bracket with the title: `.each` and others have one of their own. */
const HEAD = /^( *)(?:test|it|describe)\b((?:\.\w+)*)(?:<[^\n]*>)?(?=\()/gm;
const WITH_ARGUMENTS = /\.(?:each|for|runIf|skipIf)$/;
const TITLE = /\(\s*(?:"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`)/y;

/**
 * The full titles in the source of a test file: those of its suites before its own, with ` › ` between
 * them. Placeholders stand as they are written. Nesting is told by the indent, which Biome makes.
 */
export function testTitles(source: string): ReadonlySet<string> {
  const titles = new Set<string>();
  const open: { readonly indent: number; readonly title: string }[] = [];
  for (const { 0: head, 1: spaces = "", 2: modifiers = "", index } of source.matchAll(HEAD)) {
    const behind = index + head.length;
    TITLE.lastIndex = WITH_ARGUMENTS.test(modifiers) ? endOfCall(source, behind) : behind;
    const [, quoted, template] = TITLE.exec(source) ?? [];
    const title = (quoted ?? template)?.replaceAll(/\\(.)/g, "$1");
    if (title === undefined) continue;
    while ((open.at(-1)?.indent ?? -1) >= spaces.length) open.pop();
    open.push({ indent: spaces.length, title });
    titles.add(open.map((suite) => suite.title).join(" › "));
  }
  return titles;
}

/** Where the call whose bracket opens at `start` ends; brackets in strings do not count. */
function endOfCall(source: string, start: number): number {
  const parts = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`|\/\/.*|[()]/g;
  parts.lastIndex = start;
  let depth = 0;
  for (let part = parts.exec(source); part !== null; part = parts.exec(source)) {
    if (part[0] === "(") depth += 1;
    if (part[0] === ")") depth -= 1;
    if (depth === 0) return parts.lastIndex;
  }
  return source.length;
}
