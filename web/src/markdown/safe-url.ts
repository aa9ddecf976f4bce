/** The address, where following it can only ever open a page or write a letter. */
export function safeUrl(url: string): string | undefined {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return undefined;
  }
  return ["https:", "http:", "mailto:"].includes(parsed.protocol) ? parsed.href : undefined;
}

/** Where a link leads, said so that a reader can judge it. */
export function hostOf(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  if (protocol !== "mailto:") return host;
  try {
    return decodeURIComponent(pathname);
  } catch {
    return pathname;
  }
}

/** Whether a link's text already says where it leads, and nothing else. */
export function saysHost(text: string, url: string): boolean {
  const host = hostOf(url).toLowerCase();
  const said = text
    .trim()
    .toLowerCase()
    .replace(/^(?:https?:\/\/|mailto:)/, "");
  return said === host || ["/", "?", "#"].some((mark) => said.startsWith(`${host}${mark}`));
}
