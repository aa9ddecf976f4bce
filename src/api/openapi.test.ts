import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { createTestApp } from "../../test/test-app.ts";
import { NO_TRACER } from "../domain/ports/trace.ts";
import { ErrorCode } from "../protocol/problem.ts";
import { createRoutes } from "./app.ts";
import { PLAIN_BRANDING } from "./branding.ts";
import { COMPONENTS } from "./components.ts";
import { createOpenApi } from "./openapi.ts";
import { PROBLEMS } from "./problem.ts";

function routesOf() {
  const { chat, edge, drain } = createTestApp();
  return createRoutes({
    ...chat,
    ...edge,
    ...NOTHING,
    draining: drain.signal,
    socket: async () => {},
    log: { child: () => NOTHING.log, debug() {}, info() {}, warn() {}, error() {} },
  });
}

const log = { child: () => log, debug() {}, info() {}, warn() {}, error() {} };
const NOTHING = {
  log,
  metrics: { answered() {}, identityRefused() {} },
  tracer: NO_TRACER,
  userHash: () => "",
  publicOrigin: undefined,
  maxBodyBytes: 1,
  maxImportBytes: 1,
  branding: PLAIN_BRANDING,
  features: {},
  webRoot: "/nowhere",
};

const routes = routesOf();
const document = createOpenApi(routes);
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

function* referencesIn(value: unknown): Generator<string> {
  if (typeof value !== "object" || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (key === "$ref" && typeof inner === "string") yield inner;
    else yield* referencesIn(inner);
  }
}

describe("the OpenAPI document", () => {
  it("is served as it is made", async () => {
    const { request } = createTestApp();
    const response = await request("/api/openapi.json");
    expect(response.headers.get("Content-Type")).toBe("application/json");
    expect(await response.json()).toEqual(JSON.parse(JSON.stringify(document)));
  });

  it("holds every route of the app, and the app every route of it", () => {
    const { app } = createTestApp();
    const registered = app.routes
      .filter(({ method, path }) => method !== "ALL" && path.startsWith("/api"))
      .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`);
    const described = operations.map(({ method, path }) => `${method.toUpperCase()} ${path}`);
    expect(described.toSorted()).toEqual(registered.toSorted());
    expect(described).toHaveLength(25);
  });

  it("has an id for each operation, and a parameter for each place in a path", () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { path, operation } of operations) {
      const places = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const parameters = operation.parameters ?? [];
      const inPath = parameters.filter((parameter) => parameter.in === "path");
      expect(inPath.map(({ name }) => name).toSorted()).toEqual(places.toSorted());
      expect(inPath.every(({ required }) => required)).toBe(true);
      expect(operation.tags).toHaveLength(1);
      expect(document.tags).toContainEqual({ name: operation.tags[0] });
    }
  });

  it("refers to nothing that is not in it", () => {
    const { schemas, responses } = document.components;
    const known = new Set([
      ...Object.keys(schemas).map((name) => `#/components/schemas/${name}`),
      ...Object.keys(responses).map((name) => `#/components/responses/${name}`),
    ]);
    expect([...referencesIn(document)].filter((reference) => !known.has(reference))).toEqual([]);
    expect(Object.keys(schemas).toSorted()).toEqual(Object.keys(COMPONENTS).toSorted());
  });

  it("says the bounds that hold", () => {
    const { schemas } = document.components;
    expect(schemas.NewMessage).toMatchObject({
      type: "object",
      required: ["content"],
      additionalProperties: false,
      properties: {
        id: { $ref: "#/components/schemas/MessageId" },
        content: { type: "string", minLength: 1, maxLength: 32_000 },
        parentId: { anyOf: [{ $ref: "#/components/schemas/MessageId" }, { type: "null" }] },
      },
    });
    expect(schemas.MessageId).toMatchObject({ type: "string", format: "uuid" });
    expect(schemas.Message).not.toHaveProperty("additionalProperties");
    expect(document.paths["/api/conversations"]?.get?.parameters).toContainEqual({
      name: "limit",
      in: "query",
      required: false,
      schema: { type: "integer", default: 50, minimum: 1, maximum: 200 },
    });
  });

  it("names every body and every answer in JSON", () => {
    for (const { operation } of operations.filter(({ path }) => path !== "/api/openapi.json")) {
      const schemas = [
        operation.requestBody?.content["application/json"].schema,
        ...Object.values(operation.responses).map((response) =>
          "$ref" in response ? undefined : response.content?.["application/json"]?.schema,
        ),
      ];
      for (const schema of schemas.filter((one) => one !== undefined)) {
        expect(schema, operation.operationId).toHaveProperty("$ref");
      }
    }
  });

  it("describes a problem for each code, and in each operation", () => {
    expect(Object.keys(document.components.responses)).toEqual(ErrorCode.options);
    for (const { operation } of operations) {
      const isOpen = operation.operationId === "readShare";
      expect("401" in operation.responses, operation.operationId).toBe(!isOpen);
      expect(operation.responses).toHaveProperty("503");
    }
    expect(new Set(Object.values(PROBLEMS).map(({ status }) => status)).size).toBe(9);
  });

  it("gives examples that are valid", () => {
    const given = routes.filter(({ operation }) => operation.example !== undefined);
    expect(given).toHaveLength(7);
    for (const { operation } of given) {
      expect(z.safeParse(operation.body, operation.example).success).toBe(true);
    }
  });
});

describe("the documentation page", () => {
  it("shows every operation and every schema", async () => {
    const { request } = createTestApp();
    const response = await request("/api/docs");
    expect(response.headers.get("Content-Type")).toContain("text/html");
    const page = await response.text();
    for (const { operation } of operations) expect(page).toContain(`id="${operation.operationId}"`);
    for (const name of Object.keys(COMPONENTS)) expect(page).toContain(`id="schema-${name}"`);
    expect(page).toContain('<a href="#schema-Message">Message</a>');
    expect(page).toContain(
      "curl -X POST &quot;http://localhost/api/conversations/$id/messages&quot;",
    );
    expect(page).not.toMatch(/\[object|undefined|false<|,<li>/);
  });

  it("loads nothing but its own style, and holds no script", async () => {
    const { request } = createTestApp();
    const page = await (await request("/api/docs")).text();
    expect([...page.matchAll(/<(?:link|img|script|iframe)\b[^>]*>/g)].map(([tag]) => tag)).toEqual([
      '<link rel="stylesheet" href="/api/docs/style.css">',
    ]);
    expect(page).not.toMatch(/ style=| on\w+=/);
    const style = await request("/api/docs/style.css");
    expect(style.headers.get("Content-Type")).toBe("text/css; charset=utf-8");
    expect(await style.text()).not.toMatch(/url\(|@import/);
  });

  it("has an anchor for the type of every problem", async () => {
    const { request } = createTestApp();
    const page = await (await request("/api/docs")).text();
    for (const code of ErrorCode.options) expect(page).toContain(`id="problem-${code}"`);
  });

  it("escapes what the request brings", async () => {
    const { app } = createTestApp();
    const response = await app.request("http://localhost/api/docs", {
      headers: { "X-Forwarded-User": "alice", Host: "<b>evil</b>" },
    });
    expect(await response.text()).not.toContain("<b>evil");
  });
});
