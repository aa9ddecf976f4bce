import { html, nothing } from "lit";
import type { AlignType, List, ListItem, Nodes, Parents, Table } from "mdast";
import { PENDING_URL } from "./close-inline.ts";
import { hostOf, safeUrl } from "./safe-url.ts";

/** What rendering a block needs to know. */
export interface RenderContext {
  /** False while later text may still change the block. */
  readonly complete: boolean;
  /** Goes on where the block before was cut. */
  readonly runOn: boolean;
  /** What comes after this position in the source was added only to parse by: definitions. */
  readonly length: number;
}

/** Renders a tree node by node: only the elements named here ever reach the page. */
export function renderNode(node: Nodes, context: RenderContext): unknown {
  switch (node.type) {
    case "root":
      return node.children
        .filter((child) => (child.position?.start.offset ?? 0) < context.length)
        .map((child, index) => renderNode(child, { ...context, runOn: context.runOn && !index }));
    case "paragraph":
      return context.runOn
        ? html`<p class="run-on">${children(node, context)}</p>`
        : html`<p>${children(node, context)}</p>`;
    case "heading":
      return heading(node.depth, children(node, context));
    case "thematicBreak":
      return html`<hr />`;
    case "blockquote":
      return html`<blockquote>${children(node, context)}</blockquote>`;
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
      return node.value;
    case "html":
      return node.value;
    case "emphasis":
      return html`<em>${children(node, context)}</em>`;
    case "strong":
      return html`<strong>${children(node, context)}</strong>`;
    case "delete":
      return html`<del>${children(node, context)}</del>`;
    case "inlineCode":
      return html`<code>${node.value}</code>`;
    case "break":
      return html`<br />`;
    case "link":
      return link(node.url, children(node, context));
    case "image":
      return image(node.url, node.alt ?? "");
    // References are resolved before rendering; one without a definition is text.
    case "linkReference":
      return children(node, context);
    case "imageReference":
      return node.alt ?? "";
    case "footnoteReference":
      return html`<sup class="footnote">${node.label ?? node.identifier}</sup>`;
    case "footnoteDefinition":
      return html`<div class="footnote-text">
        <sup>${node.label ?? node.identifier}</sup>
        <div>${children(node, context)}</div>
      </div>`;
    default:
      return nothing;
  }
}

function children(node: Parents, context: RenderContext): unknown[] {
  return node.children.map((child) => renderNode(child, { ...context, runOn: false }));
}

/** One below what the answer says: the page's own heading is the first. */
function heading(depth: number, content: unknown): unknown {
  switch (depth) {
    case 1:
      return html`<h2>${content}</h2>`;
    case 2:
      return html`<h3>${content}</h3>`;
    case 3:
      return html`<h4>${content}</h4>`;
    case 4:
      return html`<h5>${content}</h5>`;
    default:
      return html`<h6>${content}</h6>`;
  }
}

function list(node: List, context: RenderContext): unknown {
  const spread = node.spread || node.children.some((item) => item.spread);
  const kind = `${spread ? "loose" : "tight"}${context.runOn ? " run-on" : ""}`;
  const items = children(node, context);
  return node.ordered
    ? html`<ol class=${kind} start=${node.start ?? 1}>${items}</ol>`
    : html`<ul class=${kind}>${items}</ul>`;
}

function listItem(node: ListItem, context: RenderContext): unknown {
  if (typeof node.checked !== "boolean") return html`<li>${children(node, context)}</li>`;
  return html`<li class="task">
    <span class="check" role="img" aria-label=${node.checked ? "Done" : "To do"}></span>
    <div>${children(node, context)}</div>
  </li>`;
}

function table(node: Table, context: RenderContext): unknown {
  const [head, ...rows] = node.children;
  const align = (index: number) => alignment(node.align?.[index]);
  return html`<div class=${context.runOn ? "table run-on" : "table"} role="group" aria-label="Table" tabindex="0">
    <table>
      <thead>
        <tr>
          ${head?.children.map(
            (cell, index) =>
              html`<th scope="col" class=${align(index)}>${children(cell, context)}</th>`,
          )}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${row.children.map(
                (cell, index) => html`<td class=${align(index)}>${children(cell, context)}</td>`,
              )}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function alignment(align: AlignType | undefined): string {
  return align ? `align-${align}` : "";
}

function link(url: string, content: unknown): unknown {
  if (url === PENDING_URL) return html`<a>${content}</a>`;
  const href = safeUrl(url);
  if (href === undefined) return html`<span>${content}</span>`;
  return html`<a href=${href} title=${hostOf(href)} target="_blank" rel="noopener noreferrer"
    >${content}</a
  >`;
}

/** No request leaves the origin unasked: the reader sees where an image would come from. */
function image(url: string, alt: string): unknown {
  const href = safeUrl(url);
  if (href === undefined || href.startsWith("mailto:")) return alt;
  return html`<remote-image .url=${href} .alt=${alt}></remote-image>`;
}
