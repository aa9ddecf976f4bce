import { markdownLineEnding, markdownSpace } from "micromark-util-character";
import type { Code, Construct, Extension, State, Tokenizer } from "micromark-util-types";
import { isMath, LONGEST_MATH, MATH_CLOSER, type MathOpener } from "./math-rules.ts";

declare module "micromark-util-types" {
  interface TokenTypeMap {
    mathText: "mathText";
    mathTextMark: "mathTextMark";
    mathTextData: "mathTextData";
    mathFlow: "mathFlow";
    mathFlowData: "mathFlowData";
  }
}

const DOLLAR = 36;
const BACKSLASH = 92;
const ROUND = 40;
const SQUARE = 91;

/** A formula in running text. */
const tokenizeText: Tokenizer = (effects, ok, nok) => {
  let opener: MathOpener = "$";
  let content = "";

  return (code) => {
    effects.enter("mathText");
    effects.enter("mathTextMark");
    effects.consume(code);
    return code === DOLLAR ? dollar : round;
  };

  function dollar(code: Code): State | undefined {
    if (code !== DOLLAR) return opened(code);
    opener = "$$";
    effects.consume(code);
    return second;
  }

  function second(code: Code): State | undefined {
    return code === DOLLAR ? nok(code) : opened(code);
  }

  function round(code: Code): State | undefined {
    if (code !== ROUND && code !== SQUARE) return nok(code);
    opener = code === ROUND ? "\\(" : "\\[";
    effects.consume(code);
    return opened;
  }

  function opened(code: Code): State | undefined {
    effects.exit("mathTextMark");
    if (opener === "$" && (code === null || code < 0 || code === 32)) return nok(code);
    return between(code);
  }

  function between(code: Code): State | undefined {
    if (code === null || content.length > LONGEST_MATH) return nok(code);
    if (markdownLineEnding(code)) {
      effects.enter("lineEnding");
      effects.consume(code);
      effects.exit("lineEnding");
      content += "\n";
      return between;
    }
    effects.enter("mathTextData");
    return data(code);
  }

  function data(code: Code): State | undefined {
    if (code === null || markdownLineEnding(code)) {
      effects.exit("mathTextData");
      return between(code);
    }
    if (code === BACKSLASH || (code === DOLLAR && opener.startsWith("$"))) {
      const closes = code === DOLLAR || opener.startsWith("\\");
      if (code === DOLLAR && opener === "$") {
        effects.consume(code);
        return after;
      }
      effects.consume(code);
      return (next) => mark(code, next, closes);
    }
    content += code < 0 ? " " : String.fromCharCode(code);
    effects.consume(code);
    return data;
  }

  /** Behind a character that may be the first of the closing two, or escape the next. */
  function mark(first: NonNullable<Code>, code: Code, closes: boolean): State | undefined {
    const pair = code === null || code < 0 ? "" : String.fromCharCode(first, code);
    if (closes && pair === MATH_CLOSER[opener]) {
      effects.consume(code);
      return after;
    }
    // They do not stand in one another; reading each to the end would take for ever.
    if (pair === opener) return nok(code);
    content += String.fromCharCode(first);
    if (first !== BACKSLASH || pair === "") return data(code);
    content += pair.charAt(1);
    effects.consume(code);
    return data;
  }

  function after(code: Code): State | undefined {
    const next = code === null || code < 0 ? "" : String.fromCharCode(code);
    if (!isMath(opener, content, next)) return nok(code);
    effects.exit("mathTextData");
    effects.exit("mathText");
    return ok(code);
  }
};

/** A formula on lines of its own, which holds no blank line, as TeX has it. */
const tokenizeFlow: Tokenizer = function (effects, ok, nok) {
  const { parser, interrupt } = this;
  const now = () => this.now();
  let opener: MathOpener = "$$";
  let size = 0;
  let blank = true;

  return (code) => {
    effects.enter("mathFlow");
    effects.enter("mathFlowData");
    effects.consume(code);
    return code === DOLLAR ? dollar : square;
  };

  function dollar(code: Code): State | undefined {
    if (code !== DOLLAR) return nok(code);
    effects.consume(code);
    return (next) => (next === DOLLAR ? nok(next) : data(next));
  }

  function square(code: Code): State | undefined {
    if (code !== SQUARE) return nok(code);
    opener = "\\[";
    effects.consume(code);
    return data;
  }

  function data(code: Code): State | undefined {
    if (code === null || size > LONGEST_MATH) return nok(code);
    if (markdownLineEnding(code)) {
      effects.exit("mathFlowData");
      // Whether it ends is not asked on the line that ends a paragraph.
      if (interrupt) return ok(code);
      effects.enter("lineEnding");
      effects.consume(code);
      effects.exit("lineEnding");
      return lineStart;
    }
    size += 1;
    if (!markdownSpace(code)) blank = false;
    effects.consume(code);
    if (code !== BACKSLASH && (code !== DOLLAR || opener !== "$$")) return data;
    return (next) => mark(code, next);
  }

  function lineStart(code: Code): State | undefined {
    if (parser.lazy[now().line] || code === null || markdownLineEnding(code)) return nok(code);
    effects.enter("mathFlowData");
    return indent(code);
  }

  function indent(code: Code): State | undefined {
    if (code === null || markdownLineEnding(code)) return nok(code);
    if (!markdownSpace(code)) return data(code);
    effects.consume(code);
    return indent;
  }

  function mark(first: NonNullable<Code>, code: Code): State | undefined {
    const pair = code === null || code < 0 ? "" : String.fromCharCode(first, code);
    if (pair === MATH_CLOSER[opener]) {
      effects.consume(code);
      return blank ? nok : end;
    }
    if (first !== BACKSLASH || pair === "") return data(code);
    blank = false;
    effects.consume(code);
    return data;
  }

  function end(code: Code): State | undefined {
    if (code === null || markdownLineEnding(code)) {
      effects.exit("mathFlowData");
      effects.exit("mathFlow");
      return ok(code);
    }
    if (!markdownSpace(code)) return nok(code);
    effects.consume(code);
    return end;
  }
};

const text: Construct = { name: "mathText", tokenize: tokenizeText };
const flow: Construct = { name: "mathFlow", tokenize: tokenizeFlow, concrete: true };

/** Formulas as models write them: `$…$`, `$$…$$`, `\(…\)` and `\[…\]`. */
export const MATH_SYNTAX: Extension = {
  flow: { [DOLLAR]: flow, [BACKSLASH]: flow },
  text: { [DOLLAR]: text, [BACKSLASH]: text },
};
