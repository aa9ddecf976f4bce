import type { LanguageFn } from "highlight.js";

/** A grammar, and those of the languages that may stand within it. */
export interface Grammar {
  readonly name: string;
  readonly load: () => Promise<{ readonly default: LanguageFn }>;
  readonly within: readonly string[];
}

/** Each is a file of its own: an answer loads those of its languages. */
const GRAMMARS: Readonly<Record<string, Grammar["load"]>> = {
  arduino: () => import("highlight.js/lib/languages/arduino"),
  bash: () => import("highlight.js/lib/languages/bash"),
  c: () => import("highlight.js/lib/languages/c"),
  clojure: () => import("highlight.js/lib/languages/clojure"),
  cmake: () => import("highlight.js/lib/languages/cmake"),
  cpp: () => import("highlight.js/lib/languages/cpp"),
  csharp: () => import("highlight.js/lib/languages/csharp"),
  css: () => import("highlight.js/lib/languages/css"),
  dart: () => import("highlight.js/lib/languages/dart"),
  diff: () => import("highlight.js/lib/languages/diff"),
  dockerfile: () => import("highlight.js/lib/languages/dockerfile"),
  dos: () => import("highlight.js/lib/languages/dos"),
  elixir: () => import("highlight.js/lib/languages/elixir"),
  erlang: () => import("highlight.js/lib/languages/erlang"),
  fsharp: () => import("highlight.js/lib/languages/fsharp"),
  go: () => import("highlight.js/lib/languages/go"),
  gradle: () => import("highlight.js/lib/languages/gradle"),
  graphql: () => import("highlight.js/lib/languages/graphql"),
  groovy: () => import("highlight.js/lib/languages/groovy"),
  haskell: () => import("highlight.js/lib/languages/haskell"),
  http: () => import("highlight.js/lib/languages/http"),
  ini: () => import("highlight.js/lib/languages/ini"),
  java: () => import("highlight.js/lib/languages/java"),
  javascript: () => import("highlight.js/lib/languages/javascript"),
  json: () => import("highlight.js/lib/languages/json"),
  julia: () => import("highlight.js/lib/languages/julia"),
  kotlin: () => import("highlight.js/lib/languages/kotlin"),
  latex: () => import("highlight.js/lib/languages/latex"),
  less: () => import("highlight.js/lib/languages/less"),
  lua: () => import("highlight.js/lib/languages/lua"),
  makefile: () => import("highlight.js/lib/languages/makefile"),
  markdown: () => import("highlight.js/lib/languages/markdown"),
  matlab: () => import("highlight.js/lib/languages/matlab"),
  nginx: () => import("highlight.js/lib/languages/nginx"),
  nix: () => import("highlight.js/lib/languages/nix"),
  objectivec: () => import("highlight.js/lib/languages/objectivec"),
  ocaml: () => import("highlight.js/lib/languages/ocaml"),
  perl: () => import("highlight.js/lib/languages/perl"),
  php: () => import("highlight.js/lib/languages/php"),
  "php-template": () => import("highlight.js/lib/languages/php-template"),
  powershell: () => import("highlight.js/lib/languages/powershell"),
  properties: () => import("highlight.js/lib/languages/properties"),
  protobuf: () => import("highlight.js/lib/languages/protobuf"),
  python: () => import("highlight.js/lib/languages/python"),
  "python-repl": () => import("highlight.js/lib/languages/python-repl"),
  r: () => import("highlight.js/lib/languages/r"),
  ruby: () => import("highlight.js/lib/languages/ruby"),
  rust: () => import("highlight.js/lib/languages/rust"),
  scala: () => import("highlight.js/lib/languages/scala"),
  scheme: () => import("highlight.js/lib/languages/scheme"),
  scss: () => import("highlight.js/lib/languages/scss"),
  shell: () => import("highlight.js/lib/languages/shell"),
  sql: () => import("highlight.js/lib/languages/sql"),
  swift: () => import("highlight.js/lib/languages/swift"),
  typescript: () => import("highlight.js/lib/languages/typescript"),
  vbnet: () => import("highlight.js/lib/languages/vbnet"),
  verilog: () => import("highlight.js/lib/languages/verilog"),
  vim: () => import("highlight.js/lib/languages/vim"),
  wasm: () => import("highlight.js/lib/languages/wasm"),
  xml: () => import("highlight.js/lib/languages/xml"),
  yaml: () => import("highlight.js/lib/languages/yaml"),
};

/** Other names of languages, as the grammars themselves tell once they are loaded. */
const ALIASES: Readonly<Record<string, string>> = {
  arduino: "ino",
  bash: "sh zsh",
  c: "h",
  clojure: "clj edn",
  cmake: "cmake.in",
  cpp: "cc c++ h++ hpp hh hxx cxx",
  csharp: "cs c#",
  diff: "patch",
  dockerfile: "docker",
  dos: "bat cmd",
  elixir: "ex exs",
  erlang: "erl",
  fsharp: "fs f#",
  go: "golang",
  graphql: "gql",
  haskell: "hs",
  http: "https",
  ini: "toml",
  java: "jsp",
  javascript: "js jsx mjs cjs",
  json: "jsonc json5",
  kotlin: "kt kts",
  latex: "tex",
  lua: "pluto",
  makefile: "mk mak make",
  markdown: "md mkdown mkd",
  nginx: "nginxconf",
  nix: "nixos",
  objectivec: "mm objc obj-c obj-c++ objective-c++",
  ocaml: "ml",
  perl: "pl pm",
  powershell: "pwsh ps ps1",
  protobuf: "proto",
  python: "py gyp ipython",
  "python-repl": "pycon",
  ruby: "rb gemspec podspec thor irb",
  rust: "rs",
  scheme: "scm",
  shell: "console shellsession",
  typescript: "ts tsx mts cts",
  vbnet: "vb",
  verilog: "v sv svh",
  xml: "html xhtml rss atom xjb xsd xsl plist wsf svg",
  yaml: "yml",
};

const WITHIN: Readonly<Record<string, readonly string[]>> = {
  dart: ["markdown"],
  dockerfile: ["bash"],
  javascript: ["xml", "css", "graphql"],
  markdown: ["xml"],
  nix: ["markdown"],
  "php-template": ["xml", "php"],
  "python-repl": ["python"],
  shell: ["bash"],
  typescript: ["xml", "css", "graphql"],
  xml: ["css", "xml", "javascript"],
  yaml: ["ruby"],
};

const NAMES: ReadonlyMap<string, string> = new Map(
  Object.keys(GRAMMARS).flatMap((name) =>
    [name, ...(ALIASES[name]?.split(" ") ?? [])].map((alias) => [alias, name] as const),
  ),
);

/** The names of all languages that there is a grammar for. */
export const LANGUAGES: readonly string[] = Object.keys(GRAMMARS);

/** The grammar of a language by any of its names, in any case. */
export function grammarOf(language: string): Grammar | undefined {
  const name = NAMES.get(language.toLowerCase());
  const load = name === undefined ? undefined : GRAMMARS[name];
  if (name === undefined || load === undefined) return undefined;
  return { name, load, within: WITHIN[name] ?? [] };
}
