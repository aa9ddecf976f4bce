import type { ElementContent } from "hast";
import { html, type TemplateResult } from "lit";
import { common, createLowlight } from "lowlight";

const lowlight = createLowlight(common);

/** Colours code: plain spans with the class of what they are. `undefined` for an unknown language. */
export function highlight(code: string, language: string): TemplateResult | undefined {
  const name = language.toLowerCase();
  if (!lowlight.registered(name)) return undefined;
  const tree = lowlight.highlight(name, code);
  return html`${tree.children.map((node) => (node.type === "doctype" ? "" : render(node)))}`;
}

function render(node: ElementContent): unknown {
  if (node.type === "text") return node.value;
  if (node.type !== "element") return "";
  const { className } = node.properties;
  const names = Array.isArray(className) ? className.join(" ") : "";
  return html`<span class=${names}>${node.children.map(render)}</span>`;
}
