import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";
import { writeBuild } from "./worker/build.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
const entities = dirname(
  createRequire(import.meta.url).resolve("decode-named-character-reference"),
);

/** Writes each text file compressed beside itself, so that the server never compresses anything. */
function precompress(): Plugin {
  let target = "";
  return {
    name: "precompress",
    apply: "build",
    configResolved({ root, build }) {
      target = resolve(root, build.outDir);
    },
    // Not when the bundle is closed, as one that failed is too: its own error is what is to be read.
    writeBundle() {
      for (const file of readdirSync(target, { recursive: true, encoding: "utf8" })) {
        if (!/\.(?:js|css|html|svg)$/.test(file)) continue;
        const content = readFileSync(join(target, file));
        writeFileSync(join(target, `${file}.gz`), gzipSync(content, { level: 9 }));
        writeFileSync(join(target, `${file}.br`), brotliCompressSync(content));
      }
    },
  };
}

/** Writes into the service worker what this build is made of. */
function listBuild(): Plugin {
  return {
    name: "list-build",
    apply: "build",
    generateBundle(_options, bundle) {
      const worker = bundle[WORKER];
      const entry = Object.values(bundle).find(
        (file) => file.type === "chunk" && file.facadeModuleId?.endsWith("/index.html"),
      );
      if (worker?.type !== "chunk" || !entry) throw new Error("the build lacks its entries");
      if (worker.imports.length > 0) throw new Error("the service worker must be one file");
      const rest = Object.keys(bundle).filter((name) => /^assets\/.*\.(?:js|css)$/.test(name));
      const assets = [...new Set([entry.fileName, ...rest.sort()])].map((name) => `/${name}`);
      const shell = readdirSync(join(here, "public")).map((name) => `/${name}`);
      const version = createHash("sha256").update(assets.join()).update(worker.code).digest("hex");
      const build = { version: version.slice(0, 16), shell, assets };
      worker.code = worker.code.replace("__BUILD__", writeBuild(build));
    },
  };
}

/** Its address is its scope: it must not move into a folder. */
const WORKER = "sw.js";

/** Formulas get their fonts in one format, and their styles a place among those of the page. */
function leanFormulas(): Plugin {
  return {
    name: "lean-formulas",
    enforce: "pre",
    transform(code, id) {
      if (!id.endsWith("katex.min.css")) return undefined;
      const lean = code.replaceAll(/,url\([^)]*\) format\("(?:woff|truetype)"\)/g, "");
      return `@layer parts {${lean}}`;
    },
  };
}

/** Builds the page into `dist/web`, which the server serves; `vite --config web/vite.config.ts` develops it. */
export default defineConfig({
  root: here,
  plugins: [leanFormulas(), listBuild(), precompress()],
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
    rolldownOptions: {
      input: {
        index: join(here, "index.html"),
        "sign-in": join(here, "sign-in.html"),
        sw: join(here, "worker/service-worker.ts"),
      },
      output: {
        // What the page begins with is one file: it packs better, and comes in one go.
        codeSplitting: {
          groups: [
            {
              name: "page",
              tags: ["$initial"],
              test: (id) => !/\/worker\/|\/main\.ts$|\.html/.test(id),
            },
          ],
        },
        entryFileNames: ({ name }) => (name === "sw" ? WORKER : "assets/[name]-[hash].js"),
      },
    },
  },
  server: {
    port: 5173,
    proxy: { "/api": { target: "http://localhost:8000", ws: true } },
  },
});
