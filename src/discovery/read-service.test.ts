import { describe, expect, test } from "vitest";
import { readService } from "./read-service.ts";
import type { Service } from "./resources.ts";

const PLACE = { namespace: "chatbot", keysDirectory: "/keys" };

function service(
  annotations: Readonly<Record<string, string>> = {},
  spec: Service["spec"] = { ports: [{ name: "http", port: 8080 }] },
  name = "llama",
): Service {
  const prefixed = Object.entries(annotations).map(([key, value]) => [`chatbot.dev/${key}`, value]);
  return { metadata: { name, annotations: Object.fromEntries(prefixed) }, spec };
}

test("a Service that says nothing is a model called as it is, at its one port", () => {
  expect(readService(service(), PLACE)).toEqual({
    model: { id: "llama", type: "auto", url: "http://llama.chatbot.svc:8080" },
    order: 100,
  });
});

test("annotations say what it is", () => {
  const annotations = {
    "model-id": "meta/llama-3",
    "model-name": "Llama 3",
    "served-model": "llama3",
    engine: "vllm",
    port: "api",
    path: "/serve/v1/",
    "context-tokens": "4096",
    "api-key": "true",
    order: "5",
  };
  const ports = [
    { name: "metrics", port: 9000 },
    { name: "api", port: 443, appProtocol: "https" },
  ];
  expect(readService(service(annotations, { ports }), PLACE)).toEqual({
    model: {
      id: "meta/llama-3",
      name: "Llama 3",
      type: "openai",
      url: "https://llama.chatbot.svc:443/serve/v1",
      served: "llama3",
      apiKeyFile: "/keys/llama",
      contextTokens: 4096,
    },
    order: 5,
  });
});

test("other people's annotations are of no matter", () => {
  const plain = service();
  const metadata = { ...plain.metadata, annotations: { "example.com/engine": "?" } };
  expect(readService({ ...plain, metadata }, PLACE)).toHaveProperty("model");
});

describe("is refused, in words that quote nothing", () => {
  test.each([
    ["an engine that is none", { engine: "secret-value" }, /engine is not one of auto, tgi/],
    ["a name of Object", { engine: "constructor" }, /engine is not one of/],
    ["a path that leads out", { path: "/../secret-value" }, /path is not a path/],
    ["a path with a host in it", { path: "//secret-value" }, /path is not a path/],
    ["a path with a question", { path: "/v1?secret-value" }, /path is not a path/],
    ["a path with a user", { path: "@secret-value" }, /path is not a path/],
    ["a context that is too small", { "context-tokens": "12" }, /context-tokens is not a whole/],
    ["a context that is no number", { "context-tokens": "1e9" }, /context-tokens is not a whole/],
    ["an id that is too long", { "model-id": "x".repeat(201) }, /model-id is not the id/],
    ["an empty name", { "model-name": "" }, /model-name is not the name/],
    ["a port it does not have", { port: "81" }, /port is none of its TCP ports/],
    ["a key that is a path", { "api-key": "/etc/secret-value" }, /api-key is not true or false/],
    ["an annotation that is misspelt", { modelname: "secret-value" }, /modelname is no annotation/],
    ["an annotation nobody knows", { "http://secret-value": "" }, /an annotation .* is not known/],
  ])("%s", (_what, annotations, problem) => {
    const read = readService(service(annotations), PLACE);
    expect(read).toEqual({ problems: [expect.stringMatching(problem)] });
    expect(JSON.stringify(read)).not.toContain("secret-value");
  });

  test.each([
    ["a Service that leads elsewhere", { type: "ExternalName", ports: [{ port: 80 }] }],
    ["one without a port", {}],
    ["one of two ports that nobody chose", { ports: [{ port: 1 }, { port: 2 }] }],
    ["one with UDP alone", { ports: [{ port: 53, protocol: "UDP" }] }],
  ])("%s", (_what, spec) => {
    expect(readService(service({}, spec), PLACE)).toHaveProperty("problems");
  });

  test("a name that is no DNS label", () => {
    const named = service({}, undefined, "llama.evil.example/x");
    expect(readService(named, PLACE)).toHaveProperty("problems");
  });
});
