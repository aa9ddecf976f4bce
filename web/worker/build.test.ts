import { expect, test } from "vitest";
import {
  type Build,
  isAsset,
  isShellOf,
  parseBuild,
  placeOf,
  staleFiles,
  writeBuild,
} from "./build.ts";

const build = (version: string, ...assets: string[]): Build => ({
  version,
  shell: ["/theme.js"],
  assets: assets.map((name) => `/assets/${name}`),
});

test("a build is read as it was written", () => {
  const one = build("v1", "index-a.js", "style-b.css");
  expect(parseBuild(writeBuild(one))).toEqual(one);
});

test("the page of another build is not taken for this one's", () => {
  const one = build("v1", "index-a.js");
  expect(isShellOf(one, '<script src="/assets/index-a.js">')).toBe(true);
  expect(isShellOf(one, '<script src="/assets/index-b.js">')).toBe(false);
});

test("files of the last builds stay for the tabs that still run them", () => {
  const known = [build("v2", "index-2.js", "shared.js"), build("v1", "index-1.js", "shared.js")];
  const { keep, stale } = staleFiles(known, build("v3", "index-3.js"), 2);
  expect(keep.map(({ version }) => version)).toEqual(["v3", "v2"]);
  expect(stale).toEqual(["/assets/index-1.js"]);
});

test("the same build again is not counted twice", () => {
  const one = build("v1", "index-1.js");
  expect(staleFiles([one], one, 2).keep).toEqual([one]);
});

test.each([
  ["/", "page"],
  ["/c/4f0a", "page"],
  ["/share/4f0a", "page"],
  ["/assets/index-a.js", "asset"],
  ["/theme.js", "shell"],
  ["/icon-192.png", "shell"],
  ["/api/session", "other"],
  ["/api/conversations", "other"],
  ["/sign-in.html", "other"],
  ["/sw.js", "other"],
] as const)("%s is a matter of: %s", (path, place) => {
  expect(placeOf(new URL(path, "https://chat.example"), "https://chat.example")).toBe(place);
});

test("another origin is nobody's matter here", () => {
  expect(placeOf(new URL("https://evil.example/assets/x.js"), "https://chat.example")).toBe(
    "other",
  );
});

test("a proxy's page in place of a file is no file", () => {
  const answer = (type: string, status = 200) =>
    new Response("", { status, headers: { "content-type": type } });
  expect(isAsset(answer("text/javascript"))).toBe(true);
  expect(isAsset(answer("text/html; charset=utf-8"))).toBe(false);
  expect(isAsset(answer("text/javascript", 404))).toBe(false);
});
