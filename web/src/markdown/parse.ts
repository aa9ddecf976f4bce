import type { Root } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmFromMarkdown } from "mdast-util-gfm";
import { gfm } from "micromark-extension-gfm";
import { MATH_SYNTAX } from "./math-syntax.ts";
import { MATH_TREE } from "./math-tree.ts";

// Raw HTML is text: an answer that shows a tag means to show it.
const NO_HTML = { disable: { null: ["htmlFlow", "htmlText"] } };
/** The syntax of answers: GitHub's Markdown, with formulas and without HTML. */
export const SYNTAX = [gfm({ singleTilde: false }), MATH_SYNTAX, NO_HTML];
const MDAST_EXTENSIONS = [gfmFromMarkdown(), MATH_TREE];

/** More quotes, lists or brackets in one another than this mean harm: they are shown as they are. */
const TOO_DEEP =
  /^(?:[ \t]*(?:>|[-*+][ \t]|\d{1,9}[.)][ \t])){25}|^[ \t]{60,}(?:[-*+>]|\d{1,9}[.)])[ \t]|(?:!?\[){40}/m;

/** Parses an answer, or a part of it. */
export function parseMarkdown(source: string): Root {
  if (TOO_DEEP.test(source)) {
    return { type: "root", children: [{ type: "code", value: source }] };
  }
  return fromMarkdown(source, { extensions: SYNTAX, mdastExtensions: MDAST_EXTENSIONS });
}
