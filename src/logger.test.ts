import { describe, expect, it } from "vitest";
import { createLogger, type LogLevel, stripCredentials } from "./logger.ts";

function logged(level: LogLevel = "info") {
  const lines: string[] = [];
  return { lines, log: createLogger(level, { write: (line) => void lines.push(line) }) };
}

describe("the log", () => {
  it("is one JSON object a line, its level in words", () => {
    const { lines, log } = logged();
    log.child({ requestId: "r" }).info({ ms: 3 }, "generation finished");
    expect(JSON.parse(lines[0] ?? "")).toEqual({
      level: "info",
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      requestId: "r",
      ms: 3,
      msg: "generation finished",
    });
  });

  it("is silent below its level", () => {
    const { lines, log } = logged("warn");
    log.info({}, "no");
    log.warn({}, "yes");
    expect(lines).toHaveLength(1);
  });

  it("hides what is secret by its name", () => {
    const { lines, log } = logged();
    log.info({ headers: { cookie: "a" }, req: { authorization: "b" }, password: "c" }, "x");
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      headers: "[hidden]",
      req: { authorization: "[hidden]" },
      password: "[hidden]",
    });
  });

  it("strips the passwords of URLs from errors and from their causes", () => {
    const { lines, log } = logged();
    const cause = Object.assign(new Error("connect redis://u:pass1@db:1"), { code: "ECONN" });
    log.error({ err: new Error("at rediss://:pass2@db/0 failed", { cause }) }, "lost");
    expect(lines[0]).not.toMatch(/pass[12]/);
    expect(JSON.parse(lines[0] ?? "").err.cause).toMatchObject({ code: "ECONN" });
  });

  it("is one line whatever a field or an error says, and moves no terminal's cursor", () => {
    const { lines, log } = logged();
    const forged = 'x\r\n{"level":"info","msg":"forged"}\u001b[2K\u0000';
    log.warn({ said: forged, [forged]: 1, err: new Error(forged) }, "odd");
    expect(lines).toHaveLength(1);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(lines[0]?.trimEnd()).not.toMatch(/[\u0000-\u001f]/);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ said: forged, msg: "odd" });
  });

  it("survives a circle of causes", () => {
    const { lines, log } = logged();
    const error = new Error("round");
    error.cause = error;
    log.error({ err: error }, "x");
    expect(lines).toHaveLength(1);
  });
});

describe("stripCredentials", () => {
  it.each([
    ["redis://localhost:6379", "redis://localhost:6379"],
    ["redis://:p@ss/w@host:1/0", "redis://***@host:1/0"],
    ["see http://u:p@a and https://b", "see http://***@a and https://b"],
    ["mail a@b.c", "mail a@b.c"],
  ])("makes %j %j", (before, after) => expect(stripCredentials(before)).toBe(after));
});
