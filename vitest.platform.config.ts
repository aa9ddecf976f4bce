import { defineConfig } from "vitest/config";

const limits = {
  testTimeout: 120_000,
  hookTimeout: 600_000,
  // Conditions are waited for, not slept for; a busy machine may take its time.
  expect: { poll: { timeout: 20_000, interval: 50 } },
};

// Apart from the other tests: `npm run test:platform` builds the programs that these need, and runs each
// project by itself, the last two in a network namespace.
export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        test: {
          ...limits,
          name: "paper",
          include: ["test/platform/*.test.ts"],
          globalSetup: ["test/platform/global-setup.ts"],
        },
      },
      {
        test: {
          ...limits,
          name: "control-plane",
          include: ["test/platform/control-plane/*.test.ts"],
          globalSetup: ["test/platform/control-plane/global-setup.ts"],
          // One cluster, one test at a time.
          fileParallelism: false,
        },
      },
      {
        test: {
          ...limits,
          name: "node",
          include: ["test/platform/node/*.test.ts"],
          globalSetup: ["test/platform/node/global-setup.ts"],
          fileParallelism: false,
        },
      },
    ],
  },
});
