import fc from "fast-check";
import { expect, test } from "vitest";
import { accentTokens, contrast, oklch } from "./accent.ts";

const byte = fc.integer({ min: 0, max: 255 });

function themesOf(token: string) {
  const [light, dark] = [...token.matchAll(/oklch\(([\d.]+)% ([\d.]+) ([\d.]+)\)/g)].map(
    ([, lightness, chroma, hue]) => oklch(Number(lightness) / 100, Number(chroma), Number(hue)),
  );
  if (!light || !dark) throw new Error(token);
  return { light, dark };
}

test("every accent can be read on every ground, and text on it, in both themes", () => {
  const grounds = {
    light: [
      oklch(1, 0, 0),
      oklch(0.992, 0.003, 85),
      oklch(0.972, 0.005, 85),
      oklch(0.946, 0.008, 85),
    ],
    dark: [
      oklch(0.19, 0.008, 265),
      oklch(0.16, 0.008, 265),
      oklch(0.235, 0.01, 265),
      oklch(0.27, 0.012, 265),
    ],
  };
  fc.assert(
    fc.property(fc.tuple(byte, byte, byte), (rgb) => {
      const tokens = accentTokens(rgb);
      for (const theme of ["light", "dark"] as const) {
        const accent = themesOf(tokens["--accent"])[theme];
        const hover = themesOf(tokens["--accent-hover"])[theme];
        const on = themesOf(tokens["--on-accent"])[theme];
        const soft = themesOf(tokens["--accent-soft"])[theme];
        for (const ground of [...grounds[theme], soft]) {
          expect(contrast(accent, ground)).toBeGreaterThanOrEqual(4.5);
        }
        expect(contrast(on, accent)).toBeGreaterThanOrEqual(4.5);
        expect(contrast(on, hover)).toBeGreaterThanOrEqual(4.5);
      }
    }),
  );
});

test("a colour that can be read as it is stays as it is", () => {
  expect(accentTokens([0, 99, 156])["--accent"]).toMatch(
    /^light-dark\(oklch\(48\.\d% 0\.11\d 24\d/,
  );
});
