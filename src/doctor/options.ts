import { existsSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";

/** What is wrong with the command line, in words. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export interface Options {
  readonly url: URL;
  /** Where to connect instead: the proxy's own address within a cluster. */
  readonly via: URL | undefined;
  /** The app's own address, past the proxy. */
  readonly appUrl: URL | undefined;
  /** Where plain HTTP is answered; 80 where `url` names no port. */
  readonly httpPort: number | undefined;
  /** Addresses of the admin port; the public host's port 9090 where none was given. */
  readonly adminUrls: readonly URL[];
  readonly redis: { readonly host: string; readonly port: number } | undefined;
  readonly modelServer: URL | undefined;
  /** What stood in the cookie file. */
  readonly cookies: string | undefined;
  /** A proof of identity that has ended. */
  readonly oldProof: string | undefined;
  /** The header that the app believes. */
  readonly useridHeader: string;
  readonly proofHeader: string;
  readonly secretHeader: string;
  readonly issuer: string | undefined;
  readonly audience: string | undefined;
  readonly ca: string | undefined;
  readonly insecure: boolean;
  readonly holdMs: number;
  /** How long the whole run may take. */
  readonly deadlineMs: number;
  /** Whether a model may be asked something. */
  readonly ask: boolean;
  readonly only: ReadonlySet<string> | undefined;
  readonly json: boolean;
}

/** What `--help` says. */
export const HELP = `Attacks a deployment of Chatbot as an outsider, and says what held.

  npm run doctor -- --url https://chat.example.org

  --url URL            where people go
  --cookie-file FILE   a signed-in person's Cookie header (of an account made for this): more is checked
  --via URL            connect here instead, as if it were --url (the proxy within the cluster)
  --app-url URL        the app's own address, past the proxy: nobody should get there
  --admin-url URL      an address of the admin port (9090); may be given more than once
  --http-port N        where plain HTTP is answered, if not on 80
  --redis HOST:PORT    Redis, which nobody should reach from here
  --model-server URL   the model server, which nobody should reach from here
  --userid-header N    AUTH_USERID_HEADER of the app (X-Forwarded-User)
  --proof-header N     AUTH_JWT_HEADER of the app (Authorization)
  --secret-header N    AUTH_PROXY_SECRET_HEADER of the app (X-Proxy-Secret)
  --issuer URL         the OpenID provider: forged proofs become more like true ones
  --audience NAME      the client id there
  --old-proof-file F   a true proof of identity that has ended: it must be refused
  --ca-file FILE       certificates to trust, PEM      --insecure   check none
  --hold-seconds N     how long sockets and streams are held (75)
  --seconds N          how long all may take (300)
  --no-ask             no question to a model
  --only ID,ID         these checks alone              --list       name all checks
  --json               the report as JSON

Exit code: 0 all held, 1 something did not, 2 it could not be checked.
`;

/** @returns "help" or "list" where those are asked for. @throws UsageError */
export function readOptions(args: readonly string[]): Options | "help" | "list" {
  const { values } = parse(args);
  if (values.help) return "help";
  if (values.list) return "list";
  if (values.url === undefined) throw new UsageError("--url is missing.");
  const [host, port] = split(values.redis);
  return {
    url: address("url", values.url),
    via: optional("via", values.via),
    appUrl: optional("app-url", values["app-url"]),
    httpPort: values["http-port"] === undefined ? undefined : portNumber(values["http-port"]),
    adminUrls: (values["admin-url"] ?? []).map((value) => address("admin-url", value)),
    redis: host === undefined ? undefined : { host, port: port ?? 6379 },
    modelServer: optional("model-server", values["model-server"]),
    cookies: file("cookie-file", values["cookie-file"]),
    oldProof: file("old-proof-file", values["old-proof-file"]),
    useridHeader: header("userid-header", values["userid-header"] ?? "X-Forwarded-User"),
    proofHeader: header("proof-header", values["proof-header"] ?? "Authorization"),
    secretHeader: header("secret-header", values["secret-header"] ?? "X-Proxy-Secret"),
    issuer: values.issuer,
    audience: values.audience,
    ca: file("ca-file", values["ca-file"]),
    insecure: values.insecure ?? false,
    holdMs: seconds("hold-seconds", values["hold-seconds"] ?? "75", 600),
    deadlineMs: seconds("seconds", values.seconds ?? "300", 3_600),
    ask: values["no-ask"] !== true,
    only: values.only === undefined ? undefined : new Set(values.only.split(",")),
    json: values.json ?? false,
  };
}

function parse(args: readonly string[]) {
  const text = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  try {
    return parseArgs({
      // What is empty is unset, as in the app's own environment.
      args: args.filter((arg) => !/^--[a-z-]+=$/.test(arg)),
      options: {
        url: text,
        via: text,
        "app-url": text,
        "admin-url": { type: "string", multiple: true },
        "http-port": text,
        redis: text,
        "model-server": text,
        "cookie-file": text,
        "old-proof-file": text,
        "userid-header": text,
        "proof-header": text,
        "secret-header": text,
        issuer: text,
        audience: text,
        "ca-file": text,
        insecure: flag,
        "hold-seconds": text,
        seconds: text,
        "no-ask": flag,
        only: text,
        json: flag,
        help: flag,
        list: flag,
      },
    });
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function optional(name: string, value: string | undefined): URL | undefined {
  return value === undefined ? undefined : address(name, value);
}

function address(name: string, value: string): URL {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url?.protocol !== "https:" && url?.protocol !== "http:") {
    throw new UsageError(`--${name} is no URL that begins with http:// or https://.`);
  }
  return url;
}

function split(value: string | undefined): [string | undefined, number | undefined] {
  if (value === undefined) return [undefined, undefined];
  const [, host, port] = /^(.+?)(?::(\d{1,5}))?$/.exec(value.replace(/^rediss?:\/\//, "")) ?? [];
  if (host === undefined || host.includes("@")) throw new UsageError("--redis is no HOST:PORT.");
  return [host, port === undefined ? undefined : Number(port)];
}

function header(name: string, value: string): string {
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(value)) throw new UsageError(`--${name} is no header's name.`);
  return value;
}

function portNumber(value: string): number {
  const number = Number(value);
  if (!(Number.isInteger(number) && number > 0 && number < 65_536)) {
    throw new UsageError("--http-port is no port.");
  }
  return number;
}

function seconds(name: string, value: string, most: number): number {
  const number = Number(value);
  if (!(number >= 0 && number <= most)) {
    throw new UsageError(`--${name} is no number from 0 to ${most}.`);
  }
  return number * 1_000;
}

/** A file's text; what is in it is never part of a message. */
function file(name: string, path: string | undefined): string | undefined {
  // A Secret that need not exist is mounted as nothing.
  if (path === undefined || (name === "cookie-file" && !existsSync(path))) return undefined;
  try {
    return readFileSync(path, "utf8").trim();
  } catch (cause) {
    throw new UsageError(`--${name} names no file that can be read.`, { cause });
  }
}
