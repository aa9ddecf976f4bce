// Whoever read our output may be gone (`npm start | head`): no reason to leave servers behind.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

/** Says one step in plain words. */
export function say(line) {
  process.stdout.write(`${line}\n`);
}

/** Why there is no going on, and what to do next: shown as it is, without a stack. */
export class Refusal extends Error {
  /** @param output what the command said that failed, where it was one. */
  constructor(message, output = "") {
    super(message);
    this.output = output;
  }
}

/**
 * Runs a script's main part; a refusal is said, anything else is a bug and shows its stack.
 * Sets the exit code, and leaves ending to the part itself.
 */
export async function guard(main) {
  try {
    await main();
  } catch (error) {
    process.exitCode = 1;
    process.stderr.write(`\n${error instanceof Refusal ? error.message : error.stack}\n`);
  }
}
