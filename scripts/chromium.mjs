import { needCommand } from "./packages.mjs";

/** The path of a Chromium for the tests of the page, installed where the machine has none. */
export function needChromium(signal) {
  return needCommand({
    commands: ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"],
    what: "Chromium",
    debian: "chromium",
    signal,
  });
}
