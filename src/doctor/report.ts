import type { Finding } from "./outcome.ts";
import type { Report } from "./run-checks.ts";

const WORDS = { held: "held", failed: "FAILED", "not checked": "not checked" } as const;

/** One check in words. */
export function findingText(finding: Finding): string {
  const lines = [`${WORDS[finding.verdict].padEnd(12)} ${finding.id}`, `  ${finding.what}.`];
  lines.push(`  ${capital(finding.detail)}`);
  if (finding.verdict === "failed") lines.push(`  Change: ${finding.advice}`);
  return `${lines.join("\n")}\n`;
}

/** The end of a report in words. */
export function summaryText({ findings, trouble, url }: Report): string {
  const count = (verdict: Finding["verdict"]) =>
    findings.filter((finding) => finding.verdict === verdict).length;
  const names = findings.filter(({ verdict }) => verdict === "failed").map(({ id }) => id);
  return [
    ...trouble.map((line) => `\n${line}`),
    `\n${url}: ${count("held")} held, ${count("failed")} failed, ${count("not checked")} not checked.`,
    ...(names.length > 0 ? [`Failed: ${names.join(", ")}`] : []),
    "",
  ].join("\n");
}

/** 0: all that was checked held; 1: something did not; 2: it could not be checked as asked. */
export function exitCodeOf({ findings, trouble }: Report): 0 | 1 | 2 {
  if (findings.some(({ verdict }) => verdict === "failed")) return 1;
  const nothing = findings.every(({ verdict }) => verdict === "not checked");
  return trouble.length > 0 || nothing ? 2 : 0;
}

function capital(text: string): string {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
}
