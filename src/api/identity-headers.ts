import { IdentityRefused } from "../domain/identity.ts";

/** Header names and values in turn, as `IncomingMessage.rawHeaders` has them. */
export type RawHeaders = readonly string[];

/**
 * The one value of a header that only the proxy in front may set, as bytes in Latin-1; undefined
 * where there is none.
 * @throws IdentityRefused where somebody else may have set it, or have it dropped.
 */
export function onlyValue(
  headers: RawHeaders,
  header: string,
  maxBytes: number,
): string | undefined {
  const name = header.toLowerCase();
  const values: string[] = [];
  for (let index = 0; index < headers.length; index += 2) {
    const given = headers[index]?.toLowerCase() ?? "";
    const value = headers[index + 1] ?? "";
    if (given === name) values.push(value);
    // Some proxies and servers take `_` for `-`: what one of them lets through, another believes.
    else if (dashed(given) === dashed(name)) throw new IdentityRefused("look_alike");
    // A proxy that honours this would drop the true header and leave the request to a fallback.
    else if (given === "connection" && namesHeader(value, name)) {
      throw new IdentityRefused("hop_by_hop");
    }
  }
  const [value, ...more] = values;
  if (value === undefined) return undefined;
  // A proxy joins two of a name to one line, so a comma is the only sign of a client's copy.
  if (more.length > 0 || value.includes(",")) throw new IdentityRefused("doubled");
  if (value.length > maxBytes) throw new IdentityRefused("too_long");
  return value;
}

/** Node gives a header's bytes as Latin-1; proxies send UTF-8. @throws IdentityRefused `malformed`. */
export function decodeHeader(value: string): string {
  const bytes = Buffer.from(value, "latin1");
  const text = bytes.toString("utf8");
  // Bytes that are no UTF-8 become U+FFFD, and two users would become one.
  if (!Buffer.from(text, "utf8").equals(bytes)) throw new IdentityRefused("malformed");
  return text;
}

function dashed(name: string): string {
  return name.replaceAll("_", "-");
}

function namesHeader(connection: string, name: string): boolean {
  return connection.split(",").some((token) => dashed(token.trim().toLowerCase()) === dashed(name));
}
