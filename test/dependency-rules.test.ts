import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

const project = fileURLToPath(new URL("..", import.meta.url));

interface Layer {
  readonly file: string;
  readonly allowed: readonly string[];
  readonly forbidden: readonly string[];
}

/** A file of each layer, what it may import, and one of everything it may not. */
const LAYERS = [
  {
    file: "src/protocol/x.ts",
    allowed: ["./ids.ts", "zod/mini"],
    forbidden: ["../domain/ports/model.ts", "zod", "node:fs", "hono", "../main.ts"],
  },
  {
    file: "src/domain/x.ts",
    allowed: ["./ports/model.ts", "../protocol/ids.ts", "@langchain/core/messages"],
    forbidden: [
      ...["../persistence/redis.ts", "../inference/tgi.ts", "../api/app.ts", "../ws/hub.ts"],
      ...["../worker/worker.ts", "../config.ts", "../logger.ts", "../main.ts", "./../ws/hub.ts"],
      ...["redis", "hono", "node:fs", "@langchain/redis", "pino", "zod"],
    ],
  },
  {
    file: "src/persistence/x.ts",
    allowed: ["./keys.ts", "../domain/ports/model.ts", "../protocol/ids.ts", "redis", "redis-om"],
    forbidden: [
      ...["../inference/tgi.ts", "../api/app.ts", "../ws/hub.ts", "../worker/worker.ts"],
      ...["../config.ts", "../logger.ts", "../main.ts", "hono", "ws", "pino"],
    ],
  },
  {
    file: "src/inference/x.ts",
    allowed: [
      "./sse.ts",
      "../domain/ports/model.ts",
      "../protocol/ids.ts",
      "@huggingface/inference",
    ],
    forbidden: [
      ...["../persistence/redis.ts", "../api/app.ts", "../ws/hub.ts", "../worker/worker.ts"],
      ...["../config.ts", "../logger.ts", "../main.ts", "redis", "hono", "pino"],
    ],
  },
  {
    file: "src/proof/x.ts",
    allowed: ["./keys.ts", "../domain/ports/model.ts", "../protocol/ids.ts", "jose", "node:crypto"],
    forbidden: [
      ...["../persistence/redis.ts", "../api/app.ts", "../ws/hub.ts", "../worker/worker.ts"],
      ...["../config.ts", "../logger.ts", "../main.ts", "redis", "hono", "pino"],
    ],
  },
  {
    file: "src/discovery/x.ts",
    allowed: [
      "./reflect.ts",
      "../domain/ports/found-model.ts",
      "../protocol/text.ts",
      "@kubernetes/client-node",
      "zod/mini",
    ],
    forbidden: [
      ...["../persistence/redis.ts", "../inference/tgi.ts", "../api/app.ts", "../ws/hub.ts"],
      ...["../worker/worker.ts", "../config.ts", "../logger.ts", "../main.ts", "redis", "hono"],
    ],
  },
  {
    file: "src/api/x.ts",
    allowed: [
      "./app.ts",
      "../domain/ports/model.ts",
      "../protocol/ids.ts",
      "hono",
      "hono/streaming",
    ],
    forbidden: [
      ...["../persistence/redis.ts", "../inference/tgi.ts", "../ws/hub.ts", "../worker/worker.ts"],
      ...["../config.ts", "../logger.ts", "../main.ts", "redis", "redis-om", "@langchain/redis"],
    ],
  },
  {
    file: "src/ws/x.ts",
    allowed: ["./hub.ts", "../domain/ports/model.ts", "../protocol/frames.ts", "ws", "hono"],
    forbidden: [
      ...["../persistence/redis.ts", "../inference/tgi.ts", "../api/app.ts", "../worker/worker.ts"],
      ...["../config.ts", "../logger.ts", "../main.ts", "redis"],
    ],
  },
  {
    file: "src/worker/x.ts",
    allowed: [
      "./worker.ts",
      "../domain/ports/model.ts",
      "../protocol/ids.ts",
      "node:timers/promises",
    ],
    forbidden: [
      ...["../persistence/redis.ts", "../inference/tgi.ts", "../api/app.ts", "../ws/hub.ts"],
      ...["../config.ts", "../logger.ts", "../main.ts", "redis", "hono", "ws"],
    ],
  },
  {
    file: "src/telemetry/x.ts",
    allowed: ["./turn-metrics.ts", "../domain/ports/trace.ts", "prom-client", "@opentelemetry/api"],
    forbidden: [
      ...["../persistence/redis.ts", "../inference/tgi.ts", "../api/app.ts", "../ws/hub.ts"],
      ...["../config.ts", "../logger.ts", "../main.ts", "redis", "hono", "pino"],
    ],
  },
  {
    file: "src/doctor/x.ts",
    allowed: ["./door.ts", "../protocol/ids.ts", "node:tls", "ws", "zod/mini"],
    forbidden: [
      ...["../domain/ports/model.ts", "../api/app.ts", "../persistence/redis.ts"],
      ...["../config.ts", "../config-values.ts", "../logger.ts", "../main.ts", "hono", "redis"],
    ],
  },
  {
    file: "web/src/state/x.ts",
    allowed: [
      "./state.ts",
      "../socket/x.ts",
      "../../../src/protocol/frames.ts",
      "lit",
      "lit/html.js",
    ],
    forbidden: [
      ...["../../../src/domain/ports/model.ts", "../../../src/main.ts", "../../../src/config.ts"],
      ...["../main.ts", "node:fs", "redis", "hono", "zod", "mdast", "lowlight"],
    ],
  },
  {
    file: "web/src/markdown/x.ts",
    allowed: [
      "./parse.ts",
      "lit",
      "mdast",
      "mdast-util-gfm",
      "micromark-extension-gfm",
      "lowlight",
      "highlight.js/lib/languages/bash",
    ],
    forbidden: ["../../../src/domain/ports/model.ts", "../main.ts", "node:fs", "marked"],
  },
  {
    file: "web/src/offline/x.ts",
    allowed: ["./x.ts", "../state/store.ts", "../../../src/protocol/ids.ts", "idb-keyval"],
    forbidden: [
      ...["../../../src/domain/ports/model.ts", "../main.ts"],
      ...["node:fs", "zod", "mdast", "lit"],
    ],
  },
  ...(["sign-in", "keyboard", "i18n"] as const).map((part) => ({
    file: `web/src/${part}/x.ts`,
    allowed: ["./x.ts", "../state/store.ts", "../../../src/protocol/ids.ts", "lit"],
    forbidden: [
      ...["../../../src/domain/ports/model.ts", "../../../src/config.ts", "../main.ts"],
      ...["node:fs", "zod", "mdast", "idb-keyval"],
    ],
  })),
  {
    file: "web/worker/x.ts",
    allowed: ["./build.ts"],
    forbidden: [
      ...["../src/state/store.ts", "../../src/protocol/ids.ts", "./../src/uuid.ts"],
      ...["../main.ts", "node:fs", "lit", "idb-keyval", "zod/mini"],
    ],
  },
  { file: "src/x.ts", allowed: ["./config.ts", "./ws/hub.ts"], forbidden: ["./main.ts"] },
  { file: "test/x.ts", allowed: ["../src/ws/hub.ts", "vitest"], forbidden: ["../src/main.ts"] },
] satisfies readonly Layer[];

const TESTS_CROSS = "src/domain/x.test.ts";

let folder: string;
let restricted: ReadonlySet<string>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "chatbot-rules-"));
  for (const file of ["biome.json", ".gitignore", "package.json"]) {
    await cp(join(project, file), join(folder, file));
  }
  for (const { file, allowed, forbidden } of LAYERS) {
    for (const specifier of [...allowed, ...forbidden])
      await write(nameOf(file, specifier), specifier);
  }
  await write(TESTS_CROSS, "../ws/hub.ts");
  restricted = await lint();
});

afterAll(() => rm(folder, { recursive: true, force: true }));

test.each(LAYERS)("$file imports what it may, and nothing else", ({ file, allowed, forbidden }) => {
  const refused = [...allowed, ...forbidden].filter((it) => restricted.has(nameOf(file, it)));
  expect(refused).toEqual(forbidden);
});

test("a test may cross the rules", () => {
  expect(restricted).not.toContain(TESTS_CROSS);
});

/** One file for each import, so that every finding has a path of its own. */
function nameOf(file: string, specifier: string): string {
  return file.replace("x.ts", `${specifier.replaceAll(/[^a-z]+/g, "-")}-${specifier.length}.ts`);
}

async function write(name: string, specifier: string): Promise<void> {
  const path = join(folder, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(
    path,
    `import * as imported from "${specifier}";\nexport const used = imported;\n`,
  );
}

/** The files in which Biome, with the project's own configuration, sees a restricted import. */
async function lint(): Promise<ReadonlySet<string>> {
  const biome = join(project, "node_modules/.bin/biome");
  const args = [
    "lint",
    "--only=style/noRestrictedImports",
    "--reporter=json",
    "--max-diagnostics=none",
  ];
  const { stdout } = await promisify(execFile)(biome, args, { cwd: folder }).catch(
    (found) => found,
  );
  const { diagnostics, summary } = JSON.parse(stdout);
  expect(summary.errors).toBe(diagnostics.length);
  return new Set(
    diagnostics.map(({ category, location }: Diagnostic) => {
      expect(category).toBe("lint/style/noRestrictedImports");
      return location.path;
    }),
  );
}

interface Diagnostic {
  readonly category: string;
  readonly location: { readonly path: string };
}
