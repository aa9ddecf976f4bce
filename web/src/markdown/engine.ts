import "./code-block.ts";
import "./math-formula.ts";
import "./remote-image.ts";
import { definitionsFor, renderBlock, renderTail } from "./render-blocks.ts";
import { markdownToHtml } from "./to-html.ts";

/** What parses and renders Markdown, with the elements it puts on the page. */
export const engine = { definitionsFor, renderBlock, renderTail, markdownToHtml };
