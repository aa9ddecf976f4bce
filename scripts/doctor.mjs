import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { install } from "./install.mjs";
import { PROJECT } from "./run.mjs";
import { guard } from "./say.mjs";

// Attacks a deployment and says what held: src/doctor/main.ts, on a Node that can run it.
await guard(async () => {
  const node = await install(new AbortController().signal);
  const child = spawn(node, [join(PROJECT, "src/doctor/main.ts"), ...process.argv.slice(2)], {
    stdio: "inherit",
  });
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  const [code] = await once(child, "close");
  process.exitCode = code ?? 2;
});
