import type { Engine } from "./engine.ts";
import { createPacedEngine } from "./paced.ts";

/** An engine that gives the question back, for tests and for a deployment without a model. */
export function createEchoEngine(delayMs = 20): Engine {
  return createPacedEngine("echo", (question) => question, delayMs);
}
