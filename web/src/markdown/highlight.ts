import type { ElementContent, RootContent } from "hast";
import { createLowlight } from "lowlight";
import { grammarOf } from "./grammars.ts";
import { safeCode } from "./safe-text.ts";

const lowlight = createLowlight();

/** Coloured code as a tree: text and spans with the class of what they are. */
export type Colours = readonly RootContent[];

/** Whether code in `language` can be coloured. */
export function knows(language: string): boolean {
  return lowlight.registered(language.toLowerCase());
}

/**
 * Loads what colours code in `language`, and in those that stand within it; whether there is such.
 * Rejects where a grammar cannot be loaded: another try may succeed.
 */
export async function learn(language: string): Promise<boolean> {
  const grammar = grammarOf(language);
  if (grammar === undefined) return false;
  const all = new Map([[grammar.name, grammar]]);
  // A map's walk meets what is added on the way.
  for (const { within } of all.values()) {
    for (const name of within) {
      const one = grammarOf(name);
      if (one && !all.has(name)) all.set(name, one);
    }
  }
  const missing = [...all.values()].filter(({ name }) => !lowlight.registered(name));
  const loaded = await Promise.all(missing.map(({ load }) => load()));
  // The language itself comes last: from then on it is known.
  for (const [index, { name }] of [...missing.entries()].reverse()) {
    const grammar = loaded[index];
    if (grammar) lowlight.register(name, grammar.default);
  }
  // What it takes to begin with a language is as much as one task should do.
  await new Promise((resolve) => setTimeout(resolve));
  lowlight.highlight(grammar.name, "");
  await new Promise((resolve) => setTimeout(resolve));
  return true;
}

/** Colours code in a language that is known. */
export function colour(code: string, language: string): Colours {
  return lowlight.highlight(language.toLowerCase(), code).children;
}

/**
 * The last place where the code may be cut, so that both parts colour as the whole does: behind a
 * line break that nothing surrounds, before a line that begins something. 0 where there is none.
 */
export function lastCut(colours: Colours): number {
  let at = 0;
  let cut = 0;
  for (const [index, node] of colours.entries()) {
    if (node.type === "text") {
      const following = firstCharacter(colours.slice(index + 1, index + 2));
      for (const match of `${node.value}${following}`.matchAll(/\n(?=[^\s)\]}>])/g)) {
        cut = at + match.index + 1;
      }
    }
    at += lengthOf(node);
  }
  return cut;
}

/** What lies between two positions of coloured code, of which spans are never cut. */
export function nodesBetween(colours: Colours, from: number, to: number): Node[] {
  const nodes: Node[] = [];
  let at = 0;
  for (const node of colours) {
    const end = at + lengthOf(node);
    if (end > from && at < to) {
      if (node.type === "text") {
        nodes.push(textNode(node.value.slice(Math.max(0, from - at), to - at)));
      } else if (node.type === "element") nodes.push(element(node));
    }
    at = end;
  }
  return nodes;
}

function element(node: ElementContent): Node {
  if (node.type === "text") return textNode(node.value);
  if (node.type !== "element") return textNode("");
  const span = document.createElement("span");
  const { className } = node.properties;
  if (Array.isArray(className)) span.className = className.join(" ");
  span.append(...node.children.map(element));
  return span;
}

function textNode(value: string): Text {
  return document.createTextNode(safeCode(value));
}

function firstCharacter([node]: Colours): string {
  if (node?.type === "text") return node.value.charAt(0);
  return node?.type === "element" ? firstCharacter(node.children) : "";
}

function lengthOf(node: RootContent): number {
  if (node.type === "text") return node.value.length;
  return node.type === "element" ? node.children.reduce((sum, one) => sum + lengthOf(one), 0) : 0;
}
