/** How long an identity provider may take to answer, in ms. */
const DEADLINE_MS = 5_000;
/** The longest answer that is read, in bytes. */
const MAX_BYTES = 512 * 1024;

/**
 * The JSON at `url`, within a deadline and a size. Redirects are not followed: they would lead to
 * where nobody configured. @throws Error that names the URL's host and what was wrong.
 */
export async function fetchJson(url: URL): Promise<unknown> {
  const response = await fetch(url, {
    headers: { Accept: "application/json" },
    redirect: "error",
    signal: AbortSignal.timeout(DEADLINE_MS),
  });
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw new Error(`${url.host} answered ${response.status}`);
  }
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop cancels the rest.
  for await (const chunk of response.body) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BYTES) throw new Error(`${url.host} answered more than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString("utf8"));
}
