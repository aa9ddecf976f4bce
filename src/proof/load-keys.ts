import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { JSONWebKeySet } from "jose";
import * as z from "zod/mini";
import { fetchJson } from "./fetch-json.ts";

const MAX_KEYS = 100;

/** Keys that cannot check a signature are left out: secrets above all. */
const KeySet = z.object({
  keys: z.array(z.looseObject({ kty: z.string() })).check(z.maxLength(MAX_KEYS)),
});
const Discovery = z.object({ issuer: z.string(), jwks_uri: z.url() });

/** Gets the keys of an issuer, each time anew. Rejects where there are none. */
export type LoadKeys = () => Promise<JSONWebKeySet>;

/**
 * @param source A URL of keys, the path of a file with them, or undefined: what the issuer publishes
 * at its `/.well-known/openid-configuration`.
 */
export function createLoadKeys(issuer: string, source: string | undefined): LoadKeys {
  if (source === undefined) return async () => parseKeys(await fetchJson(await discover(issuer)));
  if (/^https?:/.test(source)) return async () => parseKeys(await fetchJson(new URL(source)));
  const path = source.startsWith("file:") ? fileURLToPath(source) : source;
  return async () => parseKeys(JSON.parse(await readFile(path, "utf8")));
}

async function discover(issuer: string): Promise<URL> {
  const base = issuer.replace(/\/$/, "");
  const found = Discovery.parse(
    await fetchJson(new URL(`${base}/.well-known/openid-configuration`)),
  );
  // Whoever answers for another issuer would have its keys believed.
  if (found.issuer !== issuer) throw new Error(`${new URL(issuer).host} is another issuer`);
  const url = new URL(found.jwks_uri);
  const isSafe = url.protocol === "https:" || new URL(issuer).protocol === "http:";
  if (!isSafe) throw new Error(`the keys of ${new URL(issuer).host} are not behind TLS`);
  return url;
}

function parseKeys(value: unknown): JSONWebKeySet {
  const { keys } = KeySet.parse(value);
  const asymmetric = keys.filter(({ kty }) => kty !== "oct");
  if (asymmetric.length === 0) throw new Error("there is no key in the set");
  return { keys: asymmetric };
}
