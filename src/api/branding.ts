import { readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as z from "zod/mini";
import { type Branding, DEFAULT_BRANDING } from "../protocol/session.ts";
import { text } from "../protocol/text.ts";

/** Where a logo from a file is served. */
export const LOGO_PATH = "/branding/logo";
/** The longest logo, in bytes: every first visit loads it. */
const MAX_LOGO_BYTES = 262_144;

const words = z.locales.en().localeError;

/** A line of words: no control characters, nothing before or after. */
const line = (max: number) =>
  text(1, max).check(z.regex(/^\P{Cc}*$/u, { error: "Holds a control character" }));

/** A number, a percentage or an angle, as colour functions take them. */
const PART = String.raw`(?:none|[-+]?\d*\.?\d+(?:%|deg|rad|turn|grad)?)`;
const COLOUR = new RegExp(
  String.raw`^(?:#(?:[\da-f]{3,4}|[\da-f]{6}|[\da-f]{8})|(?:rgb|hsl)a?\(\s*${PART}(?:\s*[\s,/]\s*${PART}){2,3}\s*\)|(?:hwb|lab|lch|oklab|oklch)\(\s*${PART}\s+${PART}\s+${PART}(?:\s*/\s*${PART})?\s*\))$`,
  "i",
);

/** `BRANDING`, as an administrator writes it. */
const BrandingConfig = z.strictObject({
  name: z._default(line(60), DEFAULT_BRANDING.name),
  accent: z.optional(
    z
      .string()
      .check(
        z.maxLength(100),
        z.regex(COLOUR, { error: "Is no CSS colour such as #0a6b5a or oklch(55% 0.12 180)" }),
      ),
  ),
  /** A `data:` URL of an image, or the path of a file, which is then served. */
  logo: z.optional(text(1, 100_000)),
  welcome: z.optional(line(300)),
  starters: z.optional(
    z
      .array(z.strictObject({ title: line(100), prompt: text(1, 4_000) }))
      .check(z.minLength(1), z.maxLength(8)),
  ),
  notice: z.optional(line(500)),
  rules: z.optional(
    z.string().check(
      z.maxLength(2_000),
      z.refine((value) => isAddress(value), {
        error: "Is neither a path such as /rules.html nor an http, https or mailto URL",
      }),
    ),
  ),
});
type BrandingConfig = z.infer<typeof BrandingConfig>;

/** An image that is served at `LOGO_PATH`. */
export interface Logo {
  readonly type: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What the page is told, and the logo where that is a file. */
export interface LoadedBranding {
  readonly branding: Branding;
  readonly logo?: Logo;
}

/** Nobody said anything. */
export const PLAIN_BRANDING: LoadedBranding = { branding: DEFAULT_BRANDING };

/** What `BRANDING` says, with the logo's file read; else what is wrong with it, in words. */
export function readBranding(value: unknown): LoadedBranding | { readonly problems: string[] } {
  const parsed = z.safeParse(BrandingConfig, value, { error: words });
  if (!parsed.success) {
    return {
      problems: parsed.error.issues.map(
        ({ path, message }) => `${["BRANDING", ...path].join(".")}: ${message}.`,
      ),
    };
  }
  try {
    return load(parsed.data);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { problems: [`BRANDING.logo ${reason}.`] };
  }
}

function load({ logo, ...rest }: BrandingConfig): LoadedBranding {
  if (logo === undefined) return { branding: rest };
  if (logo.startsWith("data:")) {
    if (!/^data:image\/(?:png|jpeg|webp|svg\+xml)[;,]/i.test(logo)) {
      throw new Error("is no data URL of a PNG, JPEG, WebP or SVG image");
    }
    return { branding: { ...rest, logo } };
  }
  return { branding: { ...rest, logo: LOGO_PATH }, logo: readLogo(logo) };
}

function readLogo(source: string): Logo {
  const path = source.startsWith("file://") ? fileURLToPath(source) : source.replace(/^@/, "");
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    if (statSync(path).size > MAX_LOGO_BYTES) throw new RangeError();
    bytes = new Uint8Array(readFileSync(path));
  } catch (error) {
    throw new Error(
      error instanceof RangeError
        ? `has more than ${MAX_LOGO_BYTES} bytes`
        : "names no file that can be read",
      { cause: error },
    );
  }
  const type = typeOf(bytes);
  if (type === undefined) throw new Error("names no PNG, JPEG, WebP or SVG image");
  return { type, bytes };
}

/** By its first bytes: a name says nothing. */
function typeOf(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.subarray(0, 1_024)).toString("latin1");
  if (head.startsWith("\x89PNG\r\n")) return "image/png";
  if (head.startsWith("\xff\xd8\xff")) return "image/jpeg";
  if (/^RIFF[\s\S]{4}WEBP/.test(head)) return "image/webp";
  return /^(?:\xef\xbb\xbf)?\s*<(?:[\s\S]*<)?svg[\s>]/.test(head) ? "image/svg+xml" : undefined;
}

function isAddress(value: string): boolean {
  if (/^\/(?![/\\])/.test(value)) return true;
  return URL.canParse(value) && /^(?:https?|mailto):$/.test(new URL(value).protocol);
}
