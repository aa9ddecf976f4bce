import * as z from "zod/mini";
import { ErrorCode } from "../protocol/problem.ts";
import { COMPONENTS } from "./components.ts";
import { type Answer, defineRoute, type Route } from "./operation.ts";
import { PROBLEMS } from "./problem.ts";
import { DEFAULT_LIMIT, Limit, MAX_LIMIT, NO_BODY, NO_PARAMS, NO_QUERY } from "./validate.ts";

type Operation = Route["operation"];
/** Any JSON object of the document. */
export type Json = Readonly<Record<string, unknown>>;

/** A parameter of an operation. */
export interface ParameterObject {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required: boolean;
  readonly description?: string;
  readonly schema: Json;
}

/** One answer of an operation. */
export interface ResponseObject {
  readonly description: string;
  readonly headers?: Json;
  readonly content?: Readonly<Record<string, { readonly schema: Json }>>;
}

/** A problem, described once for all operations. */
export interface Reference {
  readonly $ref: string;
}

/** A method of a path. */
export interface OperationObject {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly parameters?: readonly ParameterObject[];
  readonly requestBody?: {
    readonly required: true;
    readonly content: {
      readonly "application/json": { readonly schema: Json; readonly example?: unknown };
    };
  };
  readonly responses: Readonly<Record<string, ResponseObject | Reference>>;
}

/** The OpenAPI 3.1 document, as far as it is ours. */
export interface OpenApiDocument {
  readonly openapi: "3.1.1";
  readonly info: Json;
  readonly tags: readonly Json[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Json>>;
    readonly responses: Readonly<Record<string, ResponseObject>>;
  };
}

const schemas = z.registry<{ id: string }>();
for (const [id, [schema]] of Object.entries(COMPONENTS)) schemas.add(schema, { id });

/** Describes routes: every one of them, from the very schemas that validate. */
export function createOpenApi(routes: readonly Route[]): OpenApiDocument {
  const paths: Record<string, Record<string, OperationObject>> = {};
  for (const { operation } of routes) {
    const path = operation.path.replaceAll(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [operation.method.toLowerCase()]: describe(operation) };
  }
  return {
    openapi: "3.1.1",
    info: {
      title: "Chatbot",
      version: "1",
      description:
        "Conversations with a language model whose answers outlive tabs, networks and servers. Every request carries the identity that the proxy in front gives it. Times are ISO 8601 in UTC, positions and lengths UTF-16 units.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    tags: [...new Set(routes.map(({ operation }) => operation.tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: componentSchemas(),
      responses: Object.fromEntries(ErrorCode.options.map((code) => [code, describeProblem(code)])),
    },
  };
}

/** `GET /api/openapi.json`; `document` is asked for once all routes are known. */
export function openApiRoutes(document: () => OpenApiDocument): readonly Route[] {
  return [
    defineRoute(
      {
        id: "getOpenApi",
        method: "GET",
        path: "/api/openapi.json",
        tag: "Documentation",
        summary: "This document",
        params: NO_PARAMS,
        query: NO_QUERY,
        body: NO_BODY,
        answers: [{ status: 200, description: "OpenAPI 3.1", schema: z.looseObject({}) }],
      },
      (c) => c.json(document()),
    ),
  ];
}

/** The problems an operation may answer with. */
function problemsOf(operation: Operation): readonly ErrorCode[] {
  const codes = new Set<ErrorCode>(operation.problems);
  if (!operation.open) codes.add("unauthenticated");
  if (operation.method !== "GET") codes.add("cross_origin");
  if (operation.params !== NO_PARAMS) codes.add("not_found");
  if (operation.body !== NO_BODY) codes.add("invalid").add("too_large");
  if (["POST", "PUT", "PATCH"].includes(operation.method)) {
    codes.add("unsupported_media_type");
  }
  codes.add("limited").add("unavailable").add("internal");
  return [...codes].sort((one, other) => PROBLEMS[one].status - PROBLEMS[other].status);
}

function describe(operation: Operation): OperationObject {
  const parameters = [
    ...parametersOf(operation.params, "path"),
    ...parametersOf(operation.query, "query"),
    ...Object.entries(operation.headers ?? {}).map(([name, description]) => ({
      name,
      in: "header" as const,
      required: false,
      description,
      schema: { type: "string" },
    })),
  ];
  return {
    operationId: operation.id,
    tags: [operation.tag],
    summary: operation.summary,
    ...(operation.description && { description: operation.description }),
    ...(parameters.length > 0 && { parameters }),
    ...(operation.body !== NO_BODY && {
      requestBody: {
        required: true,
        content: {
          "application/json": {
            schema: schemaOf(operation.body),
            ...(operation.example !== undefined && { example: operation.example }),
          },
        },
      },
    }),
    responses: {
      ...Object.fromEntries(
        operation.answers.map((answer) => [answer.status, describeAnswer(answer)]),
      ),
      ...Object.fromEntries(
        problemsOf(operation).map((code) => [
          PROBLEMS[code].status,
          { $ref: `#/components/responses/${code}` },
        ]),
      ),
    },
  };
}

function describeAnswer({ description, schema, contentType, headers }: Answer): ResponseObject {
  const type = contentType ?? (schema && "application/json");
  return {
    description,
    ...(headers && {
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, text]) => [
          name,
          { description: text, schema: { type: "string" } },
        ]),
      ),
    }),
    ...(type && {
      content: { [type]: { schema: schema ? schemaOf(schema) : { type: "string" } } },
    }),
  };
}

function describeProblem(code: ErrorCode): ResponseObject {
  return {
    description: `${PROBLEMS[code].title} (\`${code}\`)`,
    ...((code === "limited" || code === "unavailable") && {
      headers: { "Retry-After": { description: "Seconds", schema: { type: "integer" } } },
    }),
    content: { "application/problem+json": { schema: reference("Problem") } },
  };
}

const JsonObject = z.record(z.string(), z.unknown());
const ObjectSchema = z.object({
  properties: z.optional(z.record(z.string(), JsonObject)),
  required: z.optional(z.array(z.string())),
});

function parametersOf(schema: z.ZodMiniType, place: "path" | "query"): ParameterObject[] {
  const { properties = {}, required = [] } = ObjectSchema.parse(convert(schema));
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: required.includes(name),
    schema: property,
  }));
}

function componentSchemas(): Record<string, Json> {
  const converted = z.toJSONSchema(schemas, { ...CONVERSION, uri: referencePath });
  return Object.fromEntries(
    Object.entries(converted.schemas).map(([name, { $schema: _, $id: __, ...schema }]) => [
      name,
      { description: COMPONENTS[name]?.[1], ...schema },
    ]),
  );
}

/** A reference where the schema has a name, else the schema itself. */
function schemaOf(schema: z.ZodMiniType): Json {
  const name = schemas.get(schema)?.id;
  return name === undefined ? convert(schema) : reference(name);
}

function convert(schema: z.ZodMiniType): Json {
  const { $schema: _, $defs: __, ...converted } = z.toJSONSchema(schema, CONVERSION);
  return converted;
}

function reference(name: string): Reference & Json {
  return { $ref: referencePath(name) };
}

function referencePath(name: string): string {
  return `#/components/schemas/${name}`;
}

const CONVERSION: Parameters<typeof z.toJSONSchema>[1] & object = {
  // A client that validates answers must bear fields that a later version adds.
  io: "input",
  override({ zodSchema, jsonSchema }) {
    if (zodSchema === Limit) {
      Object.assign(jsonSchema, { type: "integer", default: DEFAULT_LIMIT });
      Object.assign(jsonSchema, { minimum: 1, maximum: MAX_LIMIT });
      delete jsonSchema.pattern;
    }
    // `format` says it, and the pattern is of 300 characters.
    if (jsonSchema.format === "uuid") delete jsonSchema.pattern;
    if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  },
};
