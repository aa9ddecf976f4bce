import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

const here = fileURLToPath(new URL(".", import.meta.url));
const entities = dirname(
  createRequire(import.meta.url).resolve("decode-named-character-reference"),
);

/** Writes each text file compressed beside itself, so that the server never compresses anything. */
function precompress(): Plugin {
  const target = join(here, "../dist/web");
  return {
    name: "precompress",
    apply: "build",
    closeBundle() {
      for (const file of readdirSync(target, { recursive: true, encoding: "utf8" })) {
        if (!/\.(?:js|css|html|svg)$/.test(file)) continue;
        const content = readFileSync(join(target, file));
        writeFileSync(join(target, `${file}.gz`), gzipSync(content, { level: 9 }));
        writeFileSync(join(target, `${file}.br`), brotliCompressSync(content));
      }
    },
  };
}

/** Builds the page into `dist/web`, which the server serves; `vite --config web/vite.config.ts` develops it. */
export default defineConfig({
  root: here,
  plugins: [precompress()],
  resolve: {
    alias: {
      // The browser build of this package decodes by innerHTML, which Trusted Types forbid.
      "decode-named-character-reference": join(entities, "index.js"),
    },
  },
  build: {
    outDir: "../dist/web",
    emptyOutDir: true,
    target: "es2023",
    // A data: URL would need a hole in the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    port: 5173,
    proxy: { "/api": { target: "http://localhost:8000", ws: true } },
  },
});
