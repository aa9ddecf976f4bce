import { findOwnRedis } from "./own-redis.mjs";
import { needCommand } from "./packages.mjs";
import { probeReady, requireVersion } from "./redis-client.mjs";
import { findCommand } from "./run.mjs";
import { Refusal, say } from "./say.mjs";

const DEFAULT_URL = "redis://localhost:6379";
const COMMANDS = ["redis-server", "valkey-server"];

/**
 * A Redis for the server: the one that `REDIS_OM_URL` names, else one on localhost:6379 (not where
 * `own` is set), else one of our own. Returns its `url`, `lost`, which resolves when a Redis of our
 * own ends, and `stop`, which ends what was started here and nothing else.
 */
export async function needRedis({ own, port, signal }) {
  const given = process.env.REDIS_OM_URL?.trim() || undefined;
  const findElsewhere = () => (own ? undefined : findLocal(signal));
  let found = given === undefined ? await findElsewhere() : await checkGiven(given, signal);
  if (found === undefined) {
    const there = findCommand(...COMMANDS);
    const server = await needRedisServer(signal);
    // Debian may have started the Redis that it installed, and will at every boot.
    if (there === undefined) found = await findElsewhere();
    if (found === undefined) return findOwnRedis({ server, port, signal });
  }
  say(`Using the Redis at ${hostOf(found)}.`);
  return { url: found, lost: new Promise(() => {}), stop: async () => {} };
}

/** The path of a Redis server, installed where the machine has none. */
export function needRedisServer(signal) {
  return needCommand({ commands: COMMANDS, what: "Redis", debian: "redis-server", signal });
}

async function checkGiven(url, signal) {
  // Several servers, of which the app finds the right ones itself, and says so where it cannot.
  if (/^rediss?\+(sentinel|cluster):\/\//.test(url)) return url;
  if (!URL.canParse(url) || !/^rediss?:$/.test(new URL(url).protocol)) {
    throw new Refusal("REDIS_OM_URL must look like redis://localhost:6379.");
  }
  const { state, reason, version } = await closed(probeReady(url, signal));
  const where = `Redis at ${hostOf(url)}`;
  switch (state) {
    case "ready":
      requireVersion(version, where);
      return url;
    case "password":
      throw new Refusal(
        `${where} refuses the password (${reason}). Set the right one: REDIS_OM_URL=redis://:<password>@${hostOf(url)}`,
      );
    case "absent":
      throw new Refusal(
        `${where} does not answer (${reason}). Start it, or leave REDIS_OM_URL unset to have one started here.`,
      );
    default:
      throw new Refusal(`${where} is of no use: ${reason}. Set REDIS_OM_URL to another one.`);
  }
}

async function findLocal(signal) {
  const { state, version } = await closed(probeReady(DEFAULT_URL, signal));
  const where = "the Redis on localhost:6379";
  if (state === "password") {
    throw new Refusal(
      `${where[0].toUpperCase()}${where.slice(1)} asks for a password. Set it: REDIS_OM_URL=redis://:<password>@localhost:6379 npm start`,
    );
  }
  if (state !== "ready") return undefined;
  requireVersion(version, where);
  return DEFAULT_URL;
}

/** What was found there, without the connection to it. */
async function closed(probing) {
  const found = await probing;
  found.client?.close();
  return found;
}

/** What of a Redis URL may be shown: a password is in the rest. */
/** The host, or several with commas between them; nothing of who signs in. */
function hostOf(url) {
  return /^[^/]*\/\/(?:.*@)?([^/?#]*)/.exec(url)?.[1] ?? "";
}
