import { html, nothing } from "lit";
import type { AlignType, List, ListItem, Nodes, Parents, Table } from "mdast";
import { words } from "../i18n/words.ts";
import { PENDING_MATH } from "./math-rules.ts";
import type { MathNode } from "./math-tree.ts";
import { renderFootnote, renderImage, renderLink, renderReference } from "./render-links.ts";
import { safeCode, safeText } from "./safe-text.ts";

/** What rendering a block needs to know. */
export interface RenderContext {
  /** False while later text may still change the block. */
  readonly complete: boolean;
  /** Goes on where the block before was cut. */
  readonly runOn: boolean;
  /** What comes after this position in the source was added only to parse by: definitions. */
  readonly length: number;
  /** Within a list, quotation or table: it reads in that one's direction, not in its own. */
  readonly nested?: boolean;
}

/** Renders a tree node by node: only the elements named here ever reach the page. */
export function renderNode(node: Nodes, context: RenderContext): unknown {
  const dir = context.nested ? nothing : "auto";
  switch (node.type) {
    case "root":
      return node.children
        .filter((child) => (child.position?.start.offset ?? 0) < context.length)
        .map((child, index) => renderNode(child, { ...context, runOn: context.runOn && !index }));
    case "paragraph":
      return context.runOn
        ? html`<p class="run-on" dir=${dir}>${children(node, context)}</p>`
        : html`<p dir=${dir}>${children(node, context)}</p>`;
    case "heading":
      return heading(node.depth, dir, children(node, context));
    case "thematicBreak":
      return html`<hr />`;
    case "blockquote":
      return html`<blockquote dir=${dir}>${children(node, { ...context, nested: true })}</blockquote>`;
    case "list":
      return list(node, context);
    case "listItem":
      return listItem(node, context);
    case "code":
      return html`<code-block
        .code=${node.value}
        .language=${node.lang ?? ""}
        .complete=${context.complete}
      ></code-block>`;
    case "table":
      return table(node, context);
    case "text":
    case "html":
      return safeText(node.value);
    case "math":
      return math(node, context);
    case "emphasis":
      return html`<em>${children(node, context)}</em>`;
    case "strong":
      return html`<strong>${children(node, context)}</strong>`;
    case "delete":
      return html`<del>${children(node, context)}</del>`;
    case "inlineCode":
      return html`<code>${safeCode(node.value)}</code>`;
    case "break":
      return html`<br />`;
    case "link":
      return renderLink(node.url, plainText(node), children(node, context));
    case "image":
      return renderImage(node.url, safeText(node.alt ?? ""));
    // References are resolved before rendering; one without a definition is text.
    case "linkReference":
      return children(node, context);
    case "imageReference":
      return safeText(node.alt ?? "");
    case "footnoteReference":
      return renderReference(safeText(node.label ?? node.identifier));
    case "footnoteDefinition":
      return renderFootnote(safeText(node.label ?? node.identifier), children(node, context));
    default:
      return nothing;
  }
}

function children(node: Parents, context: RenderContext): unknown[] {
  return node.children.map((child) => renderNode(child, { ...context, runOn: false }));
}

/** One below what the answer says: the page's own heading is the first. */
function heading(depth: number, dir: unknown, content: unknown): unknown {
  switch (depth) {
    case 1:
      return html`<h2 dir=${dir}>${content}</h2>`;
    case 2:
      return html`<h3 dir=${dir}>${content}</h3>`;
    case 3:
      return html`<h4 dir=${dir}>${content}</h4>`;
    case 4:
      return html`<h5 dir=${dir}>${content}</h5>`;
    default:
      return html`<h6 dir=${dir}>${content}</h6>`;
  }
}

function list(node: List, context: RenderContext): unknown {
  const spread = node.spread || node.children.some((item) => item.spread);
  const kind = `${spread ? "loose" : "tight"}${context.runOn ? " run-on" : ""}`;
  const items = children(node, { ...context, nested: true });
  const dir = context.nested ? nothing : "auto";
  return node.ordered
    ? html`<ol class=${kind} dir=${dir} start=${node.start ?? 1}>${items}</ol>`
    : html`<ul class=${kind} dir=${dir}>${items}</ul>`;
}

function listItem(node: ListItem, context: RenderContext): unknown {
  if (typeof node.checked !== "boolean") return html`<li>${children(node, context)}</li>`;
  return html`<li class="task">
    <span class="check" role="img" ?data-done=${node.checked} aria-label=${node.checked ? words().markdown.done : words().markdown.toDo}></span>
    <div>${children(node, context)}</div>
  </li>`;
}

/** Not `<bdi>` for the cells: the direction of the table, which is `auto`, would look past them. */
function table(node: Table, context: RenderContext): unknown {
  const [head, ...rows] = node.children;
  const align = (index: number) => alignment(node.align?.[index]);
  return html`<div class=${context.runOn ? "table run-on" : "table"} dir=${context.nested ? nothing : "auto"} role="group" aria-label=${words().markdown.table} tabindex="0">
    <table>
      <thead>
        <tr>
          ${head?.children.map(
            (cell, index) =>
              html`<th scope="col" class=${align(index)}><span class="cell">${children(cell, context)}</span></th>`,
          )}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${(head ?? row).children.map((_, index) => {
                const cell = row.children[index];
                return html`<td class=${align(index)}><span class="cell">${cell && children(cell, context)}</span></td>`;
              })}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function alignment(align: AlignType | undefined): string {
  return align ? `align-${align}` : "";
}

/** A formula that is still being written keeps a place where it will stand. */
function math({ value, display }: MathNode, { complete }: RenderContext): unknown {
  if (value === PENDING_MATH) return html`<span class="formula-to-come" aria-hidden="true"></span>`;
  return html`<math-formula .tex=${value} ?display=${display} .growing=${!complete}></math-formula>`;
}

function plainText(node: Nodes): string {
  if ("value" in node) return node.value;
  return "children" in node ? node.children.map(plainText).join("") : "";
}
