/** The address of a link that is still being written; never followed. */
export const PENDING_URL = "pending:";

/** References to footnotes and links whose definition has not come yet, as definitions to parse by. */
export function pendingDefinitions(source: string, defined: readonly string[]): string[] {
  if (!source.includes("[")) return [];
  const known = new Set(defined);
  const found = new Set<string>();
  for (const match of source.matchAll(/\[\^([^\]\s[]{1,100})\](?!:)|\]\[([^\]\n[]{1,200})\]/g)) {
    const [, note, link] = match;
    const label = note === undefined ? `[${link}]` : `[^${note}]`;
    if (!known.has(label.toLowerCase())) found.add(label);
  }
  return [...found].map((label) => `${label}: ${label.startsWith("[^") ? "…" : PENDING_URL}`);
}
