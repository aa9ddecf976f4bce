import { html } from "lit";
import type { Code, Nodes, Root } from "mdast";
import { labelOf } from "./line-kinds.ts";
import { mendTail } from "./mend-tail.ts";
import { parseMarkdown } from "./parse.ts";
import { pendingDefinitions } from "./pending.ts";
import { renderNode } from "./render-nodes.ts";
import { resolveReferences } from "./resolve-references.ts";
import type { Block, SplitText } from "./split-text.ts";

/** Renders one settled block; `definitions` are what its references may name. */
export function renderBlock(block: Block, definitions: readonly string[]): unknown {
  return render(block.head + block.source, definitions, true, block.runOn);
}

/** Renders the block that still grows as it is about to look. */
export function renderTail(split: SplitText, streaming: boolean): unknown {
  const { head, text, start, definitions, runOn, fence } = split;
  const tail = head + text.slice(start);
  if (!streaming) return render(tail, definitionsFor(tail, definitions, false), true, runOn);
  if (fence?.top) return renderTree(openCode(tail, fence.marker), false, false, 1);
  if (fence) return renderTree(openNestedCode(split, fence), false, runOn, tail.length);
  const mended = mendTail(tail);
  return render(mended, definitionsFor(mended, definitions, true), false, runOn);
}

/**
 * Those of `definitions` that `source` may refer to; while more is to come, those that it refers to
 * and that are still to come, too.
 */
export function definitionsFor(
  source: string,
  definitions: readonly string[],
  streaming: boolean,
): readonly string[] {
  if (!source.includes("[")) return [];
  const text = source.toLowerCase();
  const mine = definitions.filter((line) => text.includes(labelOf(line)) && !source.includes(line));
  if (!streaming) return mine;
  return [...mine, ...pendingDefinitions(source, definitions.map(labelOf))];
}

function render(
  source: string,
  definitions: readonly string[],
  complete: boolean,
  runOn: boolean,
): unknown {
  const tree = parseMarkdown(
    definitions.length === 0 ? source : `${source}\n\n${definitions.join("\n\n")}`,
  );
  resolveReferences(tree);
  return renderTree(tree, complete, runOn, source.length);
}

/** The same shape for every block, so that a block that settles keeps its elements. */
function renderTree(tree: Root, complete: boolean, runOn: boolean, length: number): unknown {
  return html`${renderNode(tree, { complete, runOn, length: Math.max(1, length) })}`;
}

/** Code that nothing has closed yet needs no parser, only its lines. */
function openCode(tail: string, marker: string): Root {
  const end = tail.indexOf("\n");
  const lang = /[`~]+\s*(\S*)/.exec(tail.slice(0, end))?.[1] ?? "";
  const node: Code = { type: "code", lang, value: withoutClosing(tail.slice(end + 1), marker) };
  return { type: "root", children: [node] };
}

let outer: { readonly source: string; readonly tree: Root } | undefined;

/** Code in a list: the list is parsed once, its code is only put in. */
function openNestedCode(
  { head, text, start, definitions }: SplitText,
  { at, column, marker }: NonNullable<SplitText["fence"]>,
): Root {
  const end = text.indexOf("\n", at) + 1;
  const source = head + text.slice(start, end);
  if (outer?.source !== source) {
    const mine = definitionsFor(source, definitions, true);
    const tree = parseMarkdown(source);
    if (mine.length > 0) resolveReferences(tree);
    outer = { source, tree };
  }
  const indent = new RegExp(`^[ \\t]{0,${column}}`, "gm");
  const code = lastCode(outer.tree);
  if (code) code.value = withoutClosing(text.slice(end), marker).replace(indent, "");
  return outer.tree;
}

function lastCode(node: Nodes): Code | undefined {
  if (node.type === "code") return node;
  const last: Nodes | undefined = "children" in node ? node.children.at(-1) : undefined;
  return last && lastCode(last);
}

/** Without the line that is about to close it, and the last line break. */
function withoutClosing(code: string, marker: string): string {
  const lastLine = code.slice(code.lastIndexOf("\n") + 1).trim();
  const closing = lastLine !== "" && lastLine === marker.repeat(lastLine.length);
  const shown = closing ? code.slice(0, code.lastIndexOf("\n") + 1) : code;
  return shown.endsWith("\n") ? shown.slice(0, -1) : shown;
}
