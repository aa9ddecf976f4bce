import { defineConfig } from "vitest/config";

const limits = {
  testTimeout: 60_000,
  hookTimeout: 60_000,
  // Conditions are waited for, not slept for; a busy machine may take its time.
  expect: { poll: { timeout: 20_000, interval: 20 } },
};

export default defineConfig({
  test: {
    // One Redis for all files of a run; each keeps to ids of its own making.
    globalSetup: ["test/global-setup.ts"],
    // The end-to-end files start processes and browsers of their own: more would starve them.
    maxWorkers: 2,
    // No retries: a test that fails now and then shows a race, in the test or in the code.
    projects: [
      { test: { ...limits, name: "unit", include: ["{src,web,bench}/**/*.test.ts"] } },
      {
        test: {
          ...limits,
          name: "e2e",
          include: ["test/**/*.test.ts"],
          // They need programs of their own: vitest.platform.config.ts.
          exclude: ["test/platform/**"],
        },
      },
      // Pictures to be looked at: `npm run screenshots`.
      { test: { ...limits, name: "screenshots", include: ["test/screenshots/screenshots.ts"] } },
    ],
  },
});
