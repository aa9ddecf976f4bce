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
  return protocol === "mailto:" ? decodeURIComponent(pathname) : host;
}
