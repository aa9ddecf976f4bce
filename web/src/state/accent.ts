/** A colour in linear light, each part from 0 to 1. */
type Linear = readonly [red: number, green: number, blue: number];

interface Oklch {
  readonly lightness: number;
  readonly chroma: number;
  readonly hue: number;
}

/** What `tokens.css` derives from the accent, in both themes. */
export type AccentTokens = Readonly<
  Record<"--accent" | "--accent-hover" | "--on-accent" | "--accent-soft", string>
>;

/** Text and its ground must differ that much (WCAG 2.2 AA), and a little more for rounding. */
const ENOUGH = 4.6;

/** The grounds an accent stands on, by theme: canvas, surface, raised, soft; as in `tokens.css`. */
const GROUNDS = {
  light: [oklch(0.946, 0.008, 85), oklch(1, 0, 0)],
  dark: [oklch(0.16, 0.008, 265), oklch(0.27, 0.012, 265)],
};

/**
 * The accent's tokens for a colour (sRGB, 0 to 255): as near to it as its use as text, on every
 * ground of a theme and on its own soft one, and as a ground of text allows.
 */
export function accentTokens(rgb: readonly [number, number, number]): AccentTokens {
  const wanted = toOklch([linear(rgb[0]), linear(rgb[1]), linear(rgb[2])]);
  const { hue } = wanted;
  const chroma = Math.min(wanted.chroma, 0.2);
  const soft = {
    light: inGamut(oklch(0.94, Math.min(chroma, 0.03), hue)),
    dark: inGamut(oklch(0.31, Math.min(chroma, 0.05), hue)),
  };
  const light = readable({ ...wanted, chroma }, [...GROUNDS.light, soft.light], -0.005);
  const dark = readable({ ...wanted, chroma }, [...GROUNDS.dark, soft.dark], 0.005);
  const hover = {
    light: inGamut({
      ...light,
      lightness: light.lightness + (light.lightness < 0.3 ? 0.06 : -0.06),
    }),
    dark: inGamut({ ...dark, lightness: dark.lightness + (dark.lightness > 0.88 ? -0.06 : 0.06) }),
  };
  const on = {
    light: onColour([light, hover.light], hue),
    dark: onColour([dark, hover.dark], hue),
  };
  return {
    "--accent": pair(light, dark),
    "--accent-hover": pair(hover.light, hover.dark),
    "--on-accent": pair(on.light, on.dark),
    "--accent-soft": pair(soft.light, soft.dark),
  };
}

/** The contrast of two colours, from 1 to 21. */
export function contrast(one: Oklch, other: Oklch): number {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return ((high ?? 0) + 0.05) / ((low ?? 0) + 0.05);
}

/** A colour by its lightness (0 to 1), chroma and hue in degrees. */
export function oklch(lightness: number, chroma: number, hue: number): Oklch {
  return { lightness, chroma, hue };
}

/** Steps away from the grounds until the colour can be read on all of them. */
function readable(colour: Oklch, grounds: readonly Oklch[], step: number): Oklch {
  const lightness = Math.min(0.96, Math.max(0.16, colour.lightness));
  let next = inGamut({ ...colour, lightness });
  while (grounds.some((ground) => contrast(next, ground) < ENOUGH)) {
    next = inGamut({ ...colour, lightness: next.lightness + step });
    if (next.lightness < 0.16 || next.lightness > 0.96) break;
  }
  return next;
}

function onColour(grounds: readonly Oklch[], hue: number): Oklch {
  const light = inGamut(oklch(0.99, 0.005, hue));
  const dark = inGamut(oklch(0.18, 0.03, hue));
  const worst = (text: Oklch) => Math.min(...grounds.map((ground) => contrast(text, ground)));
  return worst(light) >= worst(dark) ? light : dark;
}

/** The same lightness and hue, with as much chroma as sRGB has there. */
function inGamut(colour: Oklch): Oklch {
  const inside = ({ lightness, chroma, hue }: Oklch) =>
    toLinear(oklch(lightness, chroma, hue)).every((part) => part >= -1e-4 && part <= 1.0001);
  let next = colour;
  while (!inside(next) && next.chroma > 0) {
    next = { ...next, chroma: Math.max(0, next.chroma - 0.005) };
  }
  return next;
}

function pair(light: Oklch, dark: Oklch): string {
  return `light-dark(${css(light)}, ${css(dark)})`;
}

function css({ lightness, chroma, hue }: Oklch): string {
  return `oklch(${(lightness * 100).toFixed(1)}% ${chroma.toFixed(3)} ${hue.toFixed(1)})`;
}

function luminance(colour: Oklch): number {
  const [red, green, blue] = toLinear(colour).map((part) => Math.min(1, Math.max(0, part)));
  return 0.2126 * (red ?? 0) + 0.7152 * (green ?? 0) + 0.0722 * (blue ?? 0);
}

function linear(byte: number): number {
  const part = byte / 255;
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
}

// Björn Ottosson's matrices: https://bottosson.github.io/posts/oklab/
function toOklch([red, green, blue]: Linear): Oklch {
  const long = Math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue);
  const medium = Math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue);
  const short = Math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue);
  const a = 1.9779984951 * long - 2.428592205 * medium + 0.4505937099 * short;
  const b = 0.0259040371 * long + 0.7827717662 * medium - 0.808675766 * short;
  return {
    lightness: 0.2104542553 * long + 0.793617785 * medium - 0.0040720468 * short,
    chroma: Math.hypot(a, b),
    hue: ((Math.atan2(b, a) * 180) / Math.PI + 360) % 360,
  };
}

function toLinear({ lightness, chroma, hue }: Oklch): Linear {
  const a = chroma * Math.cos((hue * Math.PI) / 180);
  const b = chroma * Math.sin((hue * Math.PI) / 180);
  const long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const short = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
    -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
    -0.0041960863 * long - 0.7034186147 * medium + 1.707614701 * short,
  ];
}
