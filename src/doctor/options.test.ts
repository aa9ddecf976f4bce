import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { readOptions, UsageError } from "./options.ts";

const URL_ARG = "--url=https://chat.example.org";

test("one address is enough", () => {
  expect(readOptions([URL_ARG])).toMatchObject({
    useridHeader: "X-Forwarded-User",
    holdMs: 75_000,
    deadlineMs: 300_000,
    ask: true,
    json: false,
  });
});

test.each([
  ["no address", []],
  ["an address of another kind", ["--url=ftp://chat.example.org"]],
  ["an argument that nobody knows", [URL_ARG, "--ulr=x"]],
  ["a header that is none", [URL_ARG, "--userid-header=a b"]],
  ["a time beyond all bounds", [URL_ARG, "--seconds=99999"]],
  ["a password in an argument", [URL_ARG, "--redis=redis://:secret@host:6379"]],
  ["a port that is none", [URL_ARG, "--http-port=99999"]],
  ["a file that is not there", [URL_ARG, "--ca-file=/nowhere/at/all"]],
])("%s is said, without what was given", (_what, args) => {
  expect(() => readOptions(args)).toThrow(UsageError);
  expect(() => readOptions(args)).not.toThrow(/secret/);
});

test("what is empty is unset, as a variable of a pod may be", () => {
  expect(readOptions([URL_ARG, "--issuer=", "--redis="])).toMatchObject({
    issuer: undefined,
    redis: undefined,
  });
});

test("a cookie file need not be there: a Secret that is optional is mounted as nothing", () => {
  expect(readOptions([URL_ARG, "--cookie-file=/nowhere/at/all"])).toMatchObject({
    cookies: undefined,
  });
  const folder = mkdtempSync(join(tmpdir(), "chatbot-doctor-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "cookie"), "a=b\n");
  expect(readOptions([URL_ARG, `--cookie-file=${folder}/cookie`])).toMatchObject({
    cookies: "a=b",
  });
});

test("Redis is named by host and port, or by host alone", () => {
  expect(readOptions([URL_ARG, "--redis=store:7000"])).toMatchObject({
    redis: { host: "store", port: 7000 },
  });
  expect(readOptions([URL_ARG, "--redis=store"])).toMatchObject({
    redis: { host: "store", port: 6379 },
  });
});
