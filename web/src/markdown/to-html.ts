import { micromark } from "micromark";
import { gfmHtml } from "micromark-extension-gfm";
import type { CompileContext, HtmlExtension, Token } from "micromark-util-types";
import { SYNTAX } from "./parse.ts";

/** A formula goes along as its source: what it is pasted into may set it. */
const FORMULAS: HtmlExtension = {
  enter: {
    mathText() {
      this.buffer();
      return undefined;
    },
  },
  exit: {
    mathText(token) {
      this.resume();
      this.raw(formula(this, token));
      return undefined;
    },
    mathFlow(token) {
      this.raw(`<p>${formula(this, token)}</p>`);
      return undefined;
    },
  },
};

function formula(context: CompileContext, token: Token): string {
  return `<code>${context.encode(context.sliceSerialize(token))}</code>`;
}

/**
 * An answer as HTML for the clipboard. Tags in it are text, links that could run something lead
 * nowhere, and images are links: pasting it asks no server for anything.
 */
export function markdownToHtml(source: string): string {
  const html = micromark(source, { extensions: SYNTAX, htmlExtensions: [gfmHtml(), FORMULAS] });
  return html.replaceAll(/<img src="([^"]*)" alt="([^"]*)"[^>]*\/?>/g, '<a href="$1">$2</a>');
}
