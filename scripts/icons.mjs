import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { needChromium } from "./chromium.mjs";
import { PROJECT } from "./run.mjs";
import { guard } from "./say.mjs";

const PUBLIC = join(PROJECT, "web", "public");
/** A system cuts a maskable icon to its own form, and rounds an apple-touch one: both fill the square. */
const ICONS = [
  { file: "icon-192.png", size: 192, full: false },
  { file: "icon-512.png", size: 512, full: false },
  { file: "icon-maskable-512.png", size: 512, full: true },
  { file: "apple-touch-icon.png", size: 180, full: true },
];

// Draws the icons again from `icon.svg`; they are committed, so only a new drawing needs this.
await guard(async () => {
  const { signal } = new AbortController();
  const executablePath = await needChromium(signal);
  const svg = readFileSync(join(PUBLIC, "icon.svg"), "utf8");
  const whole = svg
    .replace('rx="10"', 'rx="0"')
    .replace("<path ", '<path transform="translate(3.2 3.2) scale(.8)" ');
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  const page = await browser.newPage();
  for (const { file, size, full } of ICONS) {
    await page.setViewportSize({ width: size, height: size });
    const source = Buffer.from(full ? whole : svg).toString("base64");
    const image = `<img width="${size}" height="${size}" src="data:image/svg+xml;base64,${source}">`;
    await page.setContent(`<style>body{margin:0}img{display:block}</style>${image}`);
    await page.locator("img").evaluate((element) => element.decode());
    writeFileSync(join(PUBLIC, file), await page.screenshot({ omitBackground: true }));
  }
  await browser.close();
});
