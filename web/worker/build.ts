/** What one build of the page is made of. */
export interface Build {
  readonly version: string;
  /** Files that keep their names from build to build. */
  readonly shell: readonly string[];
  /** Files whose names carry a hash; the first is the one that the page begins with. */
  readonly assets: readonly string[];
}

/** Whether an answer is a file of a build, and not what a proxy says in its place: a way to sign in. */
export function isAsset({ ok, redirected, headers }: Response): boolean {
  return ok && !redirected && !headers.get("content-type")?.startsWith("text/html");
}

/** Where an address of this origin leads. */
export type Place = "page" | "asset" | "shell" | "other";

const SHELL_FILE =
  /^\/(?:theme\.js|icon[\w-]*\.(?:svg|png)|apple-touch-icon\.png|manifest\.webmanifest)$/;

/** Reads what `writeBuild` wrote; no character of it needs an escape in a script. */
export function parseBuild(text: string): Build {
  const [version = "", ...files] = text.split("|");
  return {
    version,
    shell: files.filter((path) => !path.startsWith("/assets/")),
    assets: files.filter((path) => path.startsWith("/assets/")),
  };
}

/** A build as one string. */
export function writeBuild({ version, shell, assets }: Build): string {
  return [version, ...shell, ...assets].join("|");
}

/** Whether a page is this build's: it begins with this build's first file. */
export function isShellOf({ assets }: Build, page: string): boolean {
  return assets[0] !== undefined && page.includes(assets[0]);
}

/** Which of the worker's ways an address goes; the API's and the sign-in's are not among them. */
export function placeOf(url: URL, origin: string): Place {
  if (url.origin !== origin) return "other";
  const { pathname } = url;
  if (pathname === "/" || /^\/(?:c|share|r)\//.test(pathname)) return "page";
  if (pathname.startsWith("/assets/")) return "asset";
  return SHELL_FILE.test(pathname) ? "shell" : "other";
}

/**
 * The last `most` builds, `build` first, and the files that none of them needs. `known` is what an
 * earlier worker kept.
 */
export function staleFiles(
  known: unknown,
  build: Build,
  most: number,
): { readonly keep: readonly Build[]; readonly stale: readonly string[] } {
  const earlier = (Array.isArray(known) ? known : []).filter(isBuild);
  const builds = [build, ...earlier.filter(({ version }) => version !== build.version)];
  const keep = builds.slice(0, most);
  const needed = new Set(keep.flatMap(({ assets }) => assets));
  const stale = builds.slice(most).flatMap(({ assets }) => assets);
  return { keep, stale: stale.filter((path) => !needed.has(path)) };
}

function isBuild(value: unknown): value is Build {
  return (
    typeof value === "object" &&
    value !== null &&
    "version" in value &&
    typeof value.version === "string" &&
    "assets" in value &&
    Array.isArray(value.assets)
  );
}
