import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createTestApp } from "../../test/test-app.ts";
import { Session } from "../protocol/session.ts";
import { type LoadedBranding, readBranding } from "./branding.ts";

const folder = mkdtempSync(join(tmpdir(), "branding-"));
const logo = join(folder, "logo.bin");
writeFileSync(logo, '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>');
writeFileSync(join(folder, "index.html"), "<!doctype html><title>Chatbot</title>");
writeFileSync(join(folder, "icon.svg"), "<svg/>");
writeFileSync(join(folder, "icon-192.png"), "");
writeFileSync(join(folder, "icon-maskable-512.png"), "");
writeFileSync(join(folder, "sw.js"), "self;");

function loaded(value: unknown): LoadedBranding {
  const result = readBranding(value);
  if ("problems" in result) throw new Error(result.problems.join("\n"));
  return result;
}

test("is told by the session, and by the page's title, its manifest and its logo", async () => {
  const branding = loaded({
    name: "Ask <Ada> & Co",
    accent: "oklch(55% 0.12 180)",
    logo,
    starters: [{ title: "Plan", prompt: "Help me\nplan" }],
    rules: "/rules.html",
  });
  const { request } = createTestApp({ branding, webRoot: folder });
  const session = Session.parse(await (await request("/api/session")).json());
  expect(session.branding).toMatchObject({ name: "Ask <Ada> & Co", logo: "/branding/logo" });
  expect(JSON.stringify(session)).not.toContain(folder);

  for (const path of ["/", "/share/x", "/index.html"]) {
    const page = await (await request(path, { user: "" })).text();
    expect(page).toContain("<title>Ask &#60;Ada&#62; &#38; Co</title>");
  }
  const manifest = await request("/manifest.webmanifest", { user: "" });
  expect(manifest.headers.get("Content-Type")).toBe("application/manifest+json");
  expect(await manifest.json()).toMatchObject({
    name: "Ask <Ada> & Co",
    short_name: "Ask <Ada> &",
    start_url: "/",
    scope: "/",
    display: "standalone",
    theme_color: "oklch(55% 0.12 180)",
    icons: [
      { src: "/branding/logo", type: "image/svg+xml", sizes: "any" },
      { src: "/icon-192.png", type: "image/png", sizes: "192x192" },
      { src: "/icon-maskable-512.png", sizes: "512x512", purpose: "maskable" },
      { src: "/icon.svg", type: "image/svg+xml", sizes: "any" },
    ],
  });
  const image = await request("/branding/logo", { user: "" });
  expect(image.headers.get("Content-Type")).toBe("image/svg+xml");
  expect(image.headers.get("X-Content-Type-Options")).toBe("nosniff");
  const worker = await request("/sw.js", { user: "" });
  expect(worker.headers.get("Cache-Control")).toBe("no-cache");
  expect(worker.headers.get("Content-Type")).toContain("javascript");
});

test("is plain where nobody configured it", async () => {
  const { request } = createTestApp({ webRoot: folder });
  const session = Session.parse(await (await request("/api/session")).json());
  expect(session.branding).toEqual({ name: "Chatbot" });
  expect((await request("/branding/logo", { user: "" })).status).toBe(404);
});

test("the page is served compressed to those who can, and anew once it was built anew", async () => {
  const { request } = createTestApp({ webRoot: folder });
  const br = await request("/", { headers: { "Accept-Encoding": "gzip, br" } });
  expect(br.headers.get("Content-Encoding")).toBe("br");
  expect(br.headers.get("Vary")).toContain("Accept-Encoding");
  writeFileSync(join(folder, "index.html"), "<!doctype html><title>x</title><p>anew</p>");
  await expect.poll(async () => (await request("/")).text()).toContain("anew");
});

test.each([
  "#0a6b5a",
  "#FFF",
  "rgb(1, 2, 3)",
  "rgb(1 2 3 / 50%)",
  "hsl(120deg 50% 50%)",
  "oklch(0.55 0.1 180)",
])("takes the accent %s", (accent) => {
  expect(loaded({ accent }).branding.accent).toBe(accent);
});

test.each([
  [{ accent: "red; background: url(//evil)" }, "BRANDING.accent: Is no CSS colour such as"],
  [{ accent: "url(x)" }, "BRANDING.accent: Is no CSS colour"],
  [{ accent: "var(--x)" }, "BRANDING.accent"],
  [{ name: "" }, "BRANDING.name: "],
  [{ name: "a\nb" }, "BRANDING.name: Holds a control character."],
  [{ colour: "#fff" }, 'BRANDING: Unrecognized key: "colour".'],
  [{ rules: "javascript:alert(1)" }, "BRANDING.rules: Is neither a path"],
  [{ rules: "//evil.example" }, "BRANDING.rules: Is neither a path"],
  [{ starters: [{ title: "x" }] }, "BRANDING.starters.0.prompt: "],
  [{ logo: "/no/such/file" }, "BRANDING.logo names no file that can be read."],
  [{ logo: "data:text/html,x" }, "BRANDING.logo is no data URL of a PNG"],
  [{ logo: join(folder, "sw.js") }, "BRANDING.logo names no PNG, JPEG, WebP or SVG image."],
  ["Ada", "BRANDING: "],
])("refuses %j in words", (value, words) => {
  const result = readBranding(value);
  expect("problems" in result && result.problems.join("\n")).toContain(words);
});
