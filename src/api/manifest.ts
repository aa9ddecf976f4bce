import { existsSync, readdirSync } from "node:fs";
import type { Branding } from "../protocol/session.ts";
import type { LoadedBranding } from "./branding.ts";

interface Icon {
  readonly src: string;
  readonly type: string;
  readonly sizes: string;
  readonly purpose?: string;
}

/** What the page is painted with before it is there; as `theme-color` in its head. */
const BACKGROUND = "#fdfcfa";
/** What fits under an icon. */
const SHORT_NAME_LENGTH = 12;

/** The web app manifest of this deployment; `root` is the folder of the built page, with its icons. */
export function createManifest({ branding, logo }: LoadedBranding, root: string) {
  const own = logoIcon(branding, logo?.type);
  return {
    id: "/",
    name: branding.name,
    short_name: shortName(branding.name),
    start_url: "/",
    scope: "/",
    display: "standalone",
    background_color: BACKGROUND,
    theme_color: branding.accent ?? BACKGROUND,
    icons: own === undefined ? iconsIn(root) : [own, ...iconsIn(root)],
  };
}

function logoIcon({ logo }: Branding, type: string | undefined): Icon | undefined {
  if (logo === undefined) return undefined;
  const known = type ?? /^data:([\w/+]+)/.exec(logo)?.[1];
  return known === undefined ? undefined : { src: logo, type: known, sizes: "any" };
}

/** `icon.svg`, `icon-192.png`, `icon-maskable-512.png`: the name says what it is. */
function iconsIn(root: string): Icon[] {
  if (!existsSync(root)) return [];
  const found = readdirSync(root).flatMap((file) => {
    const match = /^icon(?<maskable>-maskable)?(?:-(?<size>\d+))?\.(?<kind>png|svg)$/.exec(file);
    const { maskable, size, kind } = match?.groups ?? {};
    if (kind === undefined || (kind === "png" && size === undefined)) return [];
    return [
      {
        src: `/${file}`,
        type: kind === "svg" ? "image/svg+xml" : "image/png",
        sizes: size === undefined ? "any" : `${size}x${size}`,
        ...(maskable !== undefined && { purpose: "maskable" }),
      },
    ];
  });
  return found.sort((one, other) => one.src.localeCompare(other.src));
}

/** Whole words where some fit, else the first letters. */
function shortName(name: string): string {
  const letters = [...name];
  if (letters.length <= SHORT_NAME_LENGTH) return name;
  const cut = letters.slice(0, SHORT_NAME_LENGTH + 1).join("");
  const end = cut.lastIndexOf(" ");
  return (end > 0 ? cut.slice(0, end) : letters.slice(0, SHORT_NAME_LENGTH).join("")).trimEnd();
}
