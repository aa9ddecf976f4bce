import type { FoundModel } from "../domain/ports/found-model.ts";
import { ModelId } from "../protocol/text.ts";
import type { Service } from "./resources.ts";

/** The label that says that a Service is a model's; its value is of no matter, but `false`. */
export const MODEL_LABEL = "chatbot.dev/model";

const PREFIX = "chatbot.dev/";
/** What may be said of a model, each an annotation behind `chatbot.dev/`. */
const KNOWN: ReadonlySet<string> = new Set([
  "model-id",
  "model-name",
  "served-model",
  "engine",
  "port",
  "path",
  "context-tokens",
  "api-key",
  "order",
]);
/** vLLM, SGLang and llama.cpp speak OpenAI's protocol. */
const ENGINES: Readonly<Record<string, FoundModel["type"]>> = {
  auto: "auto",
  tgi: "tgi",
  openai: "openai",
  vllm: "openai",
  sglang: "openai",
  llamacpp: "openai",
};
/** Where a model stands among others that do not say. */
const DEFAULT_ORDER = 100;
const DNS_LABEL = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;
const PATH = /^(\/[A-Za-z0-9_-][A-Za-z0-9._-]*){1,8}\/?$/;

/** A Service that was read, or what is wrong with it: one sentence each, no value among them. */
export type ReadService =
  | { readonly model: Omit<FoundModel, "hasEndpoint">; readonly order: number }
  | { readonly problems: readonly string[] };

/**
 * The model that a Service describes. Its address is made of the Service's own name and one of its
 * ports: no annotation leads anywhere else. A key is the file of `keysDirectory` that is called as
 * the Service is, so that who writes one Service gets no other's key.
 */
export function readService(
  service: Service,
  { namespace, keysDirectory }: { readonly namespace: string; readonly keysDirectory: string },
): ReadService {
  const { name } = service.metadata;
  const problems: string[] = [];
  const said = new Map<string, string>();
  for (const [key, value] of Object.entries(service.metadata.annotations ?? {})) {
    if (!key.startsWith(PREFIX)) continue;
    const short = key.slice(PREFIX.length);
    if (KNOWN.has(short)) said.set(short, value.trim());
    else if (/^[a-z-]{1,40}$/.test(short)) problems.push(`${key} is no annotation that is known`);
    else problems.push(`an annotation of ${PREFIX} is not known`);
  }

  /** The value of an annotation; what `read` refuses is a problem. */
  function read<Value>(
    key: string,
    parse: (text: string) => Value | undefined,
    wanted: string,
  ): Value | undefined {
    const text = said.get(key);
    if (text === undefined) return undefined;
    const value = parse(text);
    if (value === undefined) problems.push(`${PREFIX}${key} is not ${wanted}`);
    return value;
  }
  const readName = (text: string) => ModelId.safeParse(text).data;

  if (!DNS_LABEL.test(name)) problems.push("its name is no DNS label");
  if (service.spec?.type === "ExternalName") problems.push("an ExternalName leads elsewhere");
  const id = read("model-id", readName, "the id of a model") ?? name;
  const modelName = read("model-name", readName, "the name of a model");
  const served = read("served-model", readName, "the name of a model");
  const type = read(
    "engine",
    (text) => (Object.hasOwn(ENGINES, text) ? ENGINES[text] : undefined),
    `one of ${Object.keys(ENGINES).join(", ")}`,
  );
  const path = read(
    "path",
    (text) => (PATH.test(text) ? text.replace(/\/$/, "") : undefined),
    "a path, such as /v1",
  );
  const contextTokens = read(
    "context-tokens",
    integer(256, 100_000_000),
    "a whole number from 256",
  );
  const order = read("order", integer(0, 1_000_000), "a whole number from 0");
  const hasKey = read("api-key", (text) => BOOLEANS.get(text), "true or false");
  const port = portOf(service, said.get("port"));
  if (port === undefined) {
    problems.push(
      said.has("port")
        ? `${PREFIX}port is none of its TCP ports`
        : `${PREFIX}port must say which of its ports it is`,
    );
  }
  if (problems.length > 0 || port === undefined) return { problems };
  const scheme = port.appProtocol === "https" ? "https" : "http";
  return {
    model: {
      id,
      ...(modelName !== undefined && { name: modelName }),
      type: type ?? "auto",
      url: `${scheme}://${name}.${namespace}.svc:${port.port}${path ?? ""}`,
      ...(served !== undefined && { served }),
      ...(hasKey && { apiKeyFile: `${keysDirectory}/${name}` }),
      ...(contextTokens !== undefined && { contextTokens }),
    },
    order: order ?? DEFAULT_ORDER,
  };
}

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["false", false],
]);

function integer(min: number, max: number): (text: string) => number | undefined {
  return (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    return value >= min && value <= max ? value : undefined;
  };
}

/** The port by its name or number; without one the only one, or the one called `http`. */
function portOf({ spec }: Service, wanted: string | undefined) {
  const ports = (spec?.ports ?? []).filter(({ protocol = "TCP" }) => protocol === "TCP");
  if (wanted !== undefined) {
    return ports.find(({ name, port }) => name === wanted || String(port) === wanted);
  }
  return ports.length === 1 ? ports[0] : ports.find(({ name }) => name === "http");
}
