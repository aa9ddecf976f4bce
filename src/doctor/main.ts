import { HELP, readOptions, UsageError } from "./options.ts";
import { exitCodeOf, findingText, summaryText } from "./report.ts";
import { allChecks, CannotCheck, runChecks } from "./run-checks.ts";

/** Attacks a deployment and says what held; `HELP` tells the arguments and exit codes. */
async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (options === "help") return print(HELP);
  if (options === "list") {
    const example = readOptions(["--url=https://chat.example.org"]);
    if (typeof example === "string") return 2;
    return print(
      allChecks(example)
        .map(({ id, what }) => `${id.padEnd(34)} ${what}\n`)
        .join(""),
    );
  }
  const report = await runChecks(options, (finding) => {
    if (!options.json) print(findingText(finding));
  });
  print(options.json ? `${JSON.stringify(report, undefined, 2)}\n` : summaryText(report));
  return exitCodeOf(report);
}

function print(text: string): 0 {
  process.stdout.write(text);
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const known = error instanceof UsageError || error instanceof CannotCheck;
  const text = known ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`${text}\n${error instanceof UsageError ? `\n${HELP}` : ""}`);
  process.exitCode = 2;
}
