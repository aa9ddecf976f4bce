import { readFileSync } from "node:fs";
import { validateHeaderName } from "node:http";
import { isAbsolute } from "node:path";
import { fileURLToPath } from "node:url";
import * as z from "zod/mini";

/** Everyone may send these: none can prove who it is. */
const NO_PROOF: ReadonlySet<string> = new Set([
  "connection",
  "content-type",
  "cookie",
  "host",
  "user-agent",
]);

/** The shortest key, in characters. */
const MIN_KEY_LENGTH = 16;

/** One of the names in `values`, in any case. */
export function named<const Value>(values: Readonly<Record<string, Value>>) {
  const problem = `is none of ${Object.keys(values).join(", ")}`;
  return z.pipe(
    z.string(),
    z.transform((name, context) => {
      const value = lookUp(values, name);
      if (value === undefined)
        context.issues.push({ code: "custom", message: problem, input: name });
      return value ?? z.NEVER;
    }),
  );
}

function lookUp<Value>(values: Readonly<Record<string, Value>>, name: string): Value | undefined {
  const key = name.toLowerCase();
  return Object.hasOwn(values, key) ? values[key] : undefined;
}

/** A whole number, in decimal digits, from `min` to `max`. */
export function integer(min: number, max: number) {
  const within = (digits: string) =>
    /^\d{1,15}$/.test(digits) && Number(digits) >= min && Number(digits) <= max;
  const problem = `is no whole number from ${min} to ${max}`;
  return z.pipe(
    z.string().check(checked((digits) => (within(digits) ? undefined : problem))),
    z.transform(Number),
  );
}

/** A number from 0 to 1, in decimal digits. */
export function fraction() {
  const within = (digits: string) => /^\d{0,1}(\.\d{1,15})?$/.test(digits) && Number(digits) <= 1;
  return z.pipe(
    z
      .string()
      .check(checked((digits) => (within(digits) ? undefined : "is no number from 0 to 1"))),
    z.transform(Number),
  );
}

/** A URL with one of `protocols` and a host. */
export function url(protocols: readonly string[]) {
  return z
    .string()
    .check(
      checked((value) =>
        URL.canParse(value) &&
        protocols.includes(new URL(value).protocol) &&
        new URL(value).hostname !== ""
          ? undefined
          : `is no URL that begins with ${protocols.map((name) => `${name}//`).join(" or ")}`,
      ),
    );
}

/** A check whose problem continues a sentence that begins with the variable's name. */
export function checked(problemOf: (value: string) => string | undefined) {
  return z.refine<string>((value) => problemOf(value) === undefined, {
    error: ({ input }) => problemOf(String(input)),
  });
}

/** Why `name` cannot be the header with a user id or a secret. */
export function headerProblem(name: string): string | undefined {
  const isOthers = name.toLowerCase() === "authorization";
  return isOthers ? "is a header that clients set themselves" : proofHeaderProblem(name);
}

/** Why `name` cannot be the header with a proof. */
export function proofHeaderProblem(name: string): string | undefined {
  try {
    validateHeaderName(name);
  } catch {
    return "is no name of a header";
  }
  return NO_PROOF.has(name.toLowerCase()) ? "is a header that clients set themselves" : undefined;
}

/** What stands between commas, without blanks. */
export function listOf(value: string): readonly string[] {
  return value
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

/** Why `value` is no origin, with nothing behind it. */
export function originProblem(value: string): string | undefined {
  const problem = "is no origin, such as https://chat.example";
  if (!URL.canParse(value)) return problem;
  const { protocol, origin, href } = new URL(value);
  const whole = (protocol === "http:" || protocol === "https:") && href === `${origin}/`;
  return whole ? undefined : problem;
}

/** Why `value` is no key that keeps a secret. The value itself is not in it. */
export function keyProblem(value: string): string | undefined {
  return value.length < MIN_KEY_LENGTH ? `is shorter than ${MIN_KEY_LENGTH} characters` : undefined;
}

/** Why `value` is no file's place; whether the file is there is seen when it is read. */
export function pathProblem(value: string): string | undefined {
  return isAbsolute(value) ? undefined : "is no absolute path";
}

/** Why `value` is neither JSON nor the name of a file of it. */
export function jsonProblem(value: string): string | undefined {
  try {
    readJson(value);
    return undefined;
  } catch (error) {
    return error instanceof SyntaxError ? "is no JSON" : "names no file that can be read";
  }
}

/** Inline JSON, or a file's path, with an `@` before it or none, or `file:` URL. */
export function readJson(value: string): unknown {
  if (/^[[{]/.test(value)) return JSON.parse(value);
  const path = value.startsWith("file://")
    ? fileURLToPath(value)
    : value.replace(/^(?:file:|@)/, "");
  return JSON.parse(readFileSync(path, "utf8"));
}
