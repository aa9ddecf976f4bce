import type { Root } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmFromMarkdown } from "mdast-util-gfm";
import { gfm } from "micromark-extension-gfm";

// Raw HTML is text: an answer that shows a tag means to show it.
const NO_HTML = { disable: { null: ["htmlFlow", "htmlText"] } };
const EXTENSIONS = [gfm({ singleTilde: false }), NO_HTML];
const MDAST_EXTENSIONS = [gfmFromMarkdown()];

/** Parses GitHub-flavoured Markdown. */
export function parseMarkdown(source: string): Root {
  return fromMarkdown(source, { extensions: EXTENSIONS, mdastExtensions: MDAST_EXTENSIONS });
}
