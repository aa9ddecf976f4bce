import { readFileSync } from "node:fs";
import { createContext, Script } from "node:vm";
import * as z from "zod/mini";
import type { Engine } from "./engine.ts";
import { createPacedEngine } from "./paced.ts";

/** The longest question that is matched, in UTF-16 units. */
const MAX_QUESTION_LENGTH = 2_000;
/** How long all patterns together may take for one question, in milliseconds. */
const MATCHING_MS = 100;

const Lines = z.union([
  z.string().check(z.maxLength(50_000)),
  z.array(z.string().check(z.maxLength(5_000))).check(z.maxLength(1_000)),
]);

const Rule = z.strictObject({
  /** A regular expression; absent it matches everything, so it stands last. */
  pattern: z.optional(z.string().check(z.minLength(1), z.maxLength(500))),
  /** Some of `i`, `m`, `s`, `u`; `i` by default. */
  flags: z.optional(z.string().check(z.regex(/^[imsu]*$/))),
  /** Markdown, or its lines; `$1` to `$9` are the pattern's groups, `$&` the whole match. */
  answer: Lines,
});

const RuleFile = z.array(Rule).check(z.minLength(1), z.maxLength(500));

/** A pattern and what it is answered with. */
export interface CompiledRule {
  readonly pattern: RegExp | undefined;
  readonly answer: string;
}

/** The rules that come with the project. */
export const DEFAULT_RULES_FILE = new URL("./rules.default.json", import.meta.url);

const NO_ANSWER = "None of my rules matches that.";

/** A file of rules that cannot be used. The message names the line or the entry. */
class RuleFileError extends Error {
  override readonly name = "RuleFileError";
}

/** The rules in the text of a rule file. @throws RuleFileError. */
export function parseRules(text: string, fileName: string): readonly CompiledRule[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const where = cause instanceof Error ? cause.message : "";
    throw new RuleFileError(`${fileName} is no JSON: ${where}`, { cause });
  }
  const file = RuleFile.safeParse(value);
  if (!file.success) {
    const [issue] = file.error.issues;
    throw new RuleFileError(`${fileName}, ${placeOf(issue?.path ?? [])}: ${issue?.message ?? ""}`);
  }
  return file.data.map(({ pattern, flags = "i", answer }, index) => {
    try {
      return {
        pattern: pattern === undefined ? undefined : new RegExp(pattern, flags),
        answer: typeof answer === "string" ? answer : answer.join("\n"),
      };
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : "";
      throw new RuleFileError(`${fileName}, ${placeOf([index, "pattern"])}: ${why}`, { cause });
    }
  });
}

function placeOf([index, ...fields]: readonly PropertyKey[]): string {
  if (index === undefined) return "the file";
  return [`entry ${Number(index) + 1}`, ...fields.map(String)].join(", ");
}

/** Reads a rule file. @throws RuleFileError where it is missing or cannot be used. */
export function readRules(file: string | URL): readonly CompiledRule[] {
  const name = typeof file === "string" ? file : "rules.default.json";
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new RuleFileError(`The rule file ${name} cannot be read.`, { cause });
  }
  return parseRules(text, name);
}

/** Patterns run in here: V8 stops a script that takes too long even within one match. */
const SCRIPT = new Script("while (!state.done()) state.step();");

/** Puts groups into an answer; what names no group of the pattern is a dollar sign like any other. */
function fill(answer: string, match: RegExpExecArray): string {
  return answer.replace(/\$([1-9&])/g, (dollar, key: string) => {
    const group = key === "&" ? 0 : Number(key);
    return group < match.length ? (match[group] ?? "") : dollar;
  });
}

/** The answer to a question by the first rule that matches. Takes at most about `MATCHING_MS`. */
export function answerByRules(rules: readonly CompiledRule[], question: string): string {
  const input = question.slice(0, MAX_QUESTION_LENGTH);
  const fallback = rules.find(({ pattern }) => pattern === undefined)?.answer ?? NO_ANSWER;
  let next = 0;
  let answer: string | undefined;
  const state = {
    done: () => answer !== undefined || next >= rules.length,
    step() {
      const rule = rules[next];
      next += 1;
      const match = rule?.pattern?.exec(input);
      if (rule && match) answer = fill(rule.answer, match);
    },
  };
  const context = createContext({ state });
  const deadline = performance.now() + MATCHING_MS;
  while (!state.done() && performance.now() < deadline) {
    try {
      SCRIPT.runInContext(context, {
        timeout: Math.max(1, Math.ceil(deadline - performance.now())),
      });
    } catch {
      // The pattern that took all the time; `next` is behind it already.
    }
  }
  return answer ?? fallback;
}

/** An engine that answers by rules, word by word, `delayMs` between two. */
export function createRulesEngine(rules: readonly CompiledRule[], delayMs = 20): Engine {
  return createPacedEngine("rules", (question) => answerByRules(rules, question), delayMs);
}
