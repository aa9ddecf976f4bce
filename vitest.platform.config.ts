import { defineConfig } from "vitest/config";

// Apart from the other tests: `npm run test:platform` builds the programs that these need.
export default defineConfig({
  test: {
    name: "platform",
    include: ["test/platform/**/*.test.ts"],
    globalSetup: ["test/platform/global-setup.ts"],
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 300_000,
  },
});
