import { type KatexOptions, render } from "katex";
import "katex/dist/katex.min.css";

const OPTIONS: KatexOptions = {
  // No links, images, classes or styles of the answer's own: with one it is shown as its source.
  trust: () => {
    throw new Error("not trusted");
  },
  strict: "ignore",
  // In em: nothing covers the page.
  maxSize: 40,
  throwOnError: true,
  output: "htmlAndMathml",
};

/** These two would write a `style` attribute, which the policy of the page refuses. */
const MACROS = {
  "\\pmb": "\\boldsymbol{#1}",
  "\\fcolorbox": "\\boxed{\\colorbox{#2}{#3}}",
};

/** Formulas that define macros of their own are short, and do little. */
const DEFINES = /\\(?:[gex]?def|let|futurelet|(?:re)?newcommand|providecommand)(?![a-zA-Z])/;
const LONGEST_WITH_MACROS = 500;
/** A deeper or larger tree than this is more than a browser can lay out. */
const DEEPEST = 150;
const MOST_NODES = 15_000;

const FONTS = ["KaTeX_Main", "italic 1em KaTeX_Math", "KaTeX_Size1", "KaTeX_Size2"];

/** Resolves once the fonts of ordinary formulas are here, or after a second without them. */
export async function mathFonts(): Promise<void> {
  const loads = FONTS.map((font) =>
    document.fonts.load(font.includes(" ") ? font : `1em ${font}`).catch(() => undefined),
  );
  const late = new Promise((resolve) => setTimeout(resolve, 1_000));
  await Promise.race([Promise.all(loads), late]);
}

/** Sets TeX into `element`; `false` where it is no TeX, and the element is as it was. */
export function renderMath(tex: string, element: HTMLElement, display: boolean): boolean {
  const target = document.createElement("span");
  const defines = DEFINES.test(tex);
  if (defines && tex.length > LONGEST_WITH_MACROS) return false;
  // Macros that call one another for ever end here.
  const maxExpand = defines ? 100 : 1_000;
  try {
    // The formula's own definitions stay in it.
    render(tex, target, { ...OPTIONS, displayMode: display, maxExpand, macros: { ...MACROS } });
  } catch {
    return false;
  }
  if (!isBearable(target)) return false;
  element.replaceChildren(...target.childNodes);
  return true;
}

function isBearable(root: Node): boolean {
  const nodes = document.createTreeWalker(root);
  let depth = 0;
  let count = 0;
  let node: Node | null = root;
  while (node) {
    count += 1;
    if (depth > DEEPEST || count > MOST_NODES) return false;
    if (nodes.firstChild()) depth += 1;
    else {
      while (!nodes.nextSibling()) {
        if (!nodes.parentNode()) return true;
        depth -= 1;
      }
    }
    node = nodes.currentNode;
  }
  return true;
}
