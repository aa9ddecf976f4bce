/** The longest name of a file, in characters, without its extension. */
const MAX_LENGTH = 80;
/** What a file system or a terminal takes for more than a letter. */
const UNSAFE = /[\p{C}\p{Zl}\p{Zp}"*/:<>?\\|]+/gu;
/** Names that Windows keeps for devices. */
const RESERVED = /^(?:con|prn|aux|nul|com\d|lpt\d)$/i;

/**
 * A `Content-Disposition` that saves the answer under `title` (RFC 6266): for every client in ASCII,
 * and as it is for those that know RFC 8187.
 */
export function attachment(title: string, extension: string): string {
  const name = `${fileName(title)}.${extension}`;
  const ascii = name
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .replaceAll(/[^\x20-\x7e]+/g, "_")
    .replaceAll("%", "_");
  const encoded = encodeURIComponent(name).replaceAll(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}

function fileName(title: string): string {
  const clean = title.toWellFormed().replaceAll(UNSAFE, " ").replaceAll(/\s+/g, " ");
  const cut = [...clean.trim()].slice(0, MAX_LENGTH).join("");
  // A dot hides a file at its beginning, and is dropped at its end.
  const name = cut.replaceAll(/^[.\s]+|[.\s]+$/g, "");
  return name === "" || RESERVED.test(name) ? "conversation" : name;
}
