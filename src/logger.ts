import { type DestinationStream, type Logger, pino, stdTimeFunctions } from "pino";

export type { Logger } from "pino";

/** How much is logged; `silent` is nothing. */
export type LogLevel = "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "silent";

/** Names under which a secret could stand in a field by mistake. */
const SECRET = ["authorization", "cookie", "password", "secret", "headers", "apiKey"];

/**
 * A log of JSON lines, to stdout where nothing else is said. Fields whose name says secret are
 * hidden, and errors lose the credentials of any URL in their text.
 */
export function createLogger(level: LogLevel, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: SECRET.flatMap((name) => [name, `*.${name}`]), censor: "[hidden]" },
    serializers: { err: serializeError },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

/** `text` with the credentials of every URL in it hidden. Rather hides too much than too little. */
export function stripCredentials(text: string): string {
  return text.replaceAll(/\b([a-z][a-z\d+.-]*:\/\/)[^\s"'<>]*@/gi, "$1***@");
}

function serializeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return stripCredentials(String(error));
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  return {
    type: error.name,
    message: stripCredentials(error.message),
    stack: stripCredentials(error.stack ?? ""),
    ...(code !== undefined && { code }),
    // A chain may be a circle.
    ...(error.cause !== undefined &&
      depth < 5 && { cause: serializeError(error.cause, depth + 1) }),
  };
}
