import type { Definition, Nodes } from "mdast";

/** Replaces `[text][label]` by the link its definition, in the same tree, makes of it. */
export function resolveReferences(root: Nodes): void {
  const definitions = new Map<string, Definition>();
  visit(root, (node) => {
    if (node.type === "definition" && !definitions.has(node.identifier)) {
      definitions.set(node.identifier, node);
    }
    return node;
  });
  if (definitions.size === 0) return;
  visit(root, (node) => {
    if (node.type === "linkReference") {
      const url = definitions.get(node.identifier)?.url;
      if (url !== undefined) return { type: "link", url, children: node.children };
    } else if (node.type === "imageReference") {
      const url = definitions.get(node.identifier)?.url;
      if (url !== undefined) return { type: "image", url, alt: node.alt ?? "" };
    }
    return node;
  });
}

function visit(node: Nodes, replace: (node: Nodes) => Nodes): void {
  if (!("children" in node)) return;
  const children: Nodes[] = node.children;
  for (const [index, child] of children.entries()) {
    const next = replace(child);
    if (next !== child) children[index] = next;
    visit(next, replace);
  }
}
