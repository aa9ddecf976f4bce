import { html } from "lit";
import "./code-block.ts";
import "./remote-image.ts";
import { labelOf } from "./line-kinds.ts";
import { mendTail } from "./mend-tail.ts";
import { parseMarkdown } from "./parse.ts";
import { renderNode } from "./render-nodes.ts";
import { resolveReferences } from "./resolve-references.ts";
import type { Block, SplitText } from "./split-blocks.ts";

/** Renders one settled block; `definitions` are what its references may name. */
export function renderBlock(block: Block, definitions: readonly string[]): unknown {
  return render(block.head + block.source, definitions, true, block.runOn);
}

/** Renders the block that still grows as it is about to look. */
export function renderTail(split: SplitText, streaming: boolean): unknown {
  const tail = split.head + split.text.slice(split.start);
  if (!streaming) return render(tail, definitionsFor(tail, split.definitions), true, split.runOn);
  if (split.fence?.top) return openCode(tail, split.fence);
  const mended = mendTail(tail);
  return render(mended, definitionsFor(mended, split.definitions), false, split.runOn);
}

/** Those of `definitions` that `source` may refer to. */
export function definitionsFor(source: string, definitions: readonly string[]): readonly string[] {
  if (definitions.length === 0 || !source.includes("[")) return [];
  const text = source.toLowerCase();
  return definitions.filter((line) => text.includes(labelOf(line)) && !source.includes(line));
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
  // The same shape for every block, so that a block that settles keeps its elements.
  return html`${renderNode(tree, { complete, runOn, length: Math.max(1, source.length) })}`;
}

/** Code that nothing has closed yet needs no parser, only its lines. */
function openCode(
  tail: string,
  fence: { readonly marker: string; readonly size: number },
): unknown {
  const end = tail.indexOf("\n");
  const language = /[`~]+\s*(\S*)/.exec(tail.slice(0, end))?.[1] ?? "";
  const code = tail.slice(end + 1);
  const lastLine = code.slice(code.lastIndexOf("\n") + 1).trim();
  const closing = lastLine !== "" && lastLine === fence.marker.repeat(lastLine.length);
  const shown = closing ? code.slice(0, code.lastIndexOf("\n") + 1) : code;
  const value = shown.endsWith("\n") ? shown.slice(0, -1) : shown;
  const node = { type: "code" as const, lang: language, value };
  const tree = { type: "root" as const, children: [node] };
  return html`${renderNode(tree, { complete: false, runOn: false, length: 1 })}`;
}
