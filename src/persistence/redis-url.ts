/** Where one server listens. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
}

/** What `REDIS_OM_URL` says. */
export interface RedisTarget {
  /** `single`: one server; `sentinel`: ask these for the master; `cluster`: some of its nodes. */
  readonly topology: "single" | "sentinel" | "cluster";
  /** At least one. */
  readonly addresses: readonly [RedisAddress, ...RedisAddress[]];
  readonly tls: boolean;
  readonly username?: string;
  readonly password?: string;
  /** A file with the password, read before each connection. */
  readonly passwordFile?: string;
  /** The logical database; 0 in a cluster, which has no other. */
  readonly database: number;
  /** What the sentinels call the master; empty elsewhere. */
  readonly master: string;
}

const DEFAULT_PORT = 6379;
const SENTINEL_PORT = 26379;
const FORM = /^(rediss?)(?:\+(sentinel|cluster))?:\/\/([^/?#]*)(?:\/([^?#]*))?([?#].*)?$/i;

/**
 * `redis://[user:password@]host[:port][/database]`, `redis+sentinel://…host,host/<master>[/database]`
 * or `redis+cluster://…host,host`; `rediss` is TLS.
 * @throws TypeError whose message continues a sentence and never holds a credential.
 */
export function parseRedisUrl(url: string): RedisTarget {
  const form = FORM.exec(url);
  if (form === null) {
    throw new TypeError(
      "is no URL that begins with redis:// or rediss://, or with +sentinel or +cluster before the colon",
    );
  }
  const [, scheme = "", kind = "", authority = "", path = "", options = ""] = form;
  // Nobody should believe in an option that has no effect.
  if (options !== "") throw new TypeError("has something after a ? or #, which means nothing here");
  const topology = topologyOf(kind);
  // The last one: like every URL parser, so that a password with an @ in it names no other host.
  const at = authority.lastIndexOf("@");
  const hosts = authority.slice(at + 1).split(",");
  if (topology === "single" && hosts.length > 1) {
    throw new TypeError("names several hosts: say +sentinel or +cluster before the colon");
  }
  const defaultPort = topology === "sentinel" ? SENTINEL_PORT : DEFAULT_PORT;
  const [first, ...others] = hosts.map((host) => parseAddress(host, defaultPort));
  if (first === undefined) throw new TypeError("names no host");
  return {
    topology,
    addresses: [first, ...others],
    tls: scheme.toLowerCase() === "rediss",
    ...parseUser(authority.slice(0, Math.max(0, at))),
    ...parsePath(topology, path),
  };
}

/** What is wrong with a URL, continuing a sentence that begins with its name; `undefined`: nothing. */
export function redisUrlProblem(url: string): string | undefined {
  try {
    parseRedisUrl(url);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : "is not valid";
  }
}

/** Whether a URL brings its password along; one that is no such URL brings none. */
export function hasPassword(url: string): boolean {
  return redisUrlProblem(url) === undefined && parseRedisUrl(url).password !== undefined;
}

function topologyOf(kind: string): RedisTarget["topology"] {
  switch (kind.toLowerCase()) {
    case "sentinel":
      return "sentinel";
    case "cluster":
      return "cluster";
    default:
      return "single";
  }
}

function parseAddress(text: string, defaultPort: number): RedisAddress {
  const url = `redis://${text}`;
  const parsed = text !== "" && URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || parsed.hostname === "" || parsed.port === "0") {
    throw new TypeError("has a host that is none");
  }
  // A literal IPv6 address stands in brackets in a URL, and without them everywhere else.
  const host = parsed.hostname.replace(/^\[(.*)\]$/, "$1");
  return { host, port: parsed.port === "" ? defaultPort : Number(parsed.port) };
}

function parseUser(text: string): Pick<RedisTarget, "username" | "password"> {
  const colon = text.indexOf(":");
  const [username, password] =
    colon < 0 ? [text, ""] : [text.slice(0, colon), text.slice(colon + 1)];
  return {
    ...(username === "" ? {} : { username: decode(username) }),
    ...(password === "" ? {} : { password: decode(password) }),
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new TypeError("has a user or password that is not percent-encoded");
  }
}

function parsePath(
  topology: RedisTarget["topology"],
  path: string,
): Pick<RedisTarget, "database" | "master"> {
  if (topology !== "sentinel") {
    const database = parseDatabase(path);
    if (topology === "cluster" && database !== 0) {
      throw new TypeError("asks for a database: a cluster has only the first");
    }
    return { database, master: "" };
  }
  const [master = "", database = "", ...more] = path.split("/");
  if (master === "" || more.length > 0) {
    throw new TypeError(
      "needs the master's name after the hosts, as in redis+sentinel://host/name",
    );
  }
  return { master: decode(master), database: parseDatabase(database) };
}

function parseDatabase(text: string): number {
  if (!/^\d{0,6}$/.test(text)) throw new TypeError("has a path that is no number of a database");
  return Number(text);
}
