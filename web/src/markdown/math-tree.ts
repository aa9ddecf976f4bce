import type { Literal } from "mdast";
import type { CompileContext, Extension, Token } from "mdast-util-from-markdown";

/** A formula: TeX without its marks. */
export interface MathNode extends Literal {
  type: "math";
  /** Stands by itself, large, and not in the line. */
  display: boolean;
}

declare module "mdast" {
  interface PhrasingContentMap {
    math: MathNode;
  }
  interface RootContentMap {
    math: MathNode;
  }
}

function enter(this: CompileContext, token: Token): void {
  this.enter({ type: "math", value: "", display: token.type === "mathFlow" }, token);
}

function exit(this: CompileContext, token: Token): void {
  const node = this.stack.at(-1);
  const source = this.sliceSerialize(token).trim();
  this.exit(token);
  if (node?.type !== "math") return;
  const size = /^(?:\$\$|\\)/.test(source) ? 2 : 1;
  node.display ||= /^(?:\$\$|\\\[)/.test(source);
  node.value = source.slice(size, -size).trim();
}

/** Formulas in the syntax tree. */
export const MATH_TREE: Extension = {
  enter: { mathText: enter, mathFlow: enter },
  exit: { mathText: exit, mathFlow: exit },
};
