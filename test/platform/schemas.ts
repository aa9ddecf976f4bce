import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseAllDocuments } from "yaml";
import { crdFiles, readTools } from "./tools.ts";

/** Where the schemas stand under the cache; another name whenever their making changes. */
const FOLDER = "schemas-2";

// biome-ignore lint/suspicious/noExplicitAny: JSON schemas, as others wrote them.
type Schema = Record<string, any>;

/**
 * JSON schemas of every kind that is shipped, as kubeconform reads them, one file a kind: of Kubernetes' own
 * kinds from its OpenAPI description, of the others from their CRDs. They are strict: an unknown field is an
 * error, as it is to the API server's strict validation.
 * @returns the pattern of their paths.
 */
export function needSchemas(): string {
  const { folder, descriptions } = readTools();
  const home = join(folder, FOLDER);
  if (!existsSync(home)) {
    const making = `${home}.${process.pid}`;
    writeBuiltIn(making, join(descriptions.kubernetes, "api/openapi-spec/swagger.json"));
    for (const file of crdFiles()) writeCustom(making, file);
    rmSync(home, { recursive: true, force: true });
    renameSync(making, home);
  }
  return `${home}/{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json`;
}

function write(home: string, group: string, kind: string, version: string, schema: Schema): void {
  // Where there is no group, kubeconform takes the version for it.
  const path = join(home, group === "" ? version : group, `${kind.toLowerCase()}_${version}.json`);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(schema));
}

function writeBuiltIn(home: string, swagger: string): void {
  const source: Record<string, Schema> = JSON.parse(readFileSync(swagger, "utf8")).definitions;
  const definitions = Object.fromEntries(
    Object.entries(source).map(([name, schema]) => [name, strictBuiltIn(name, schema)]),
  );
  for (const [name, schema] of Object.entries(source)) {
    for (const { group, kind, version } of schema["x-kubernetes-group-version-kind"] ?? []) {
      const used = new Set<string>();
      collect(definitions, name, used);
      write(home, group, kind, version, {
        $ref: `#/definitions/${name}`,
        definitions: Object.fromEntries([...used].map((part) => [part, definitions[part]])),
      });
    }
  }
}

/** All definitions that one refers to, itself among them. */
function collect(definitions: Record<string, Schema>, name: string, used: Set<string>): void {
  if (used.has(name)) return;
  used.add(name);
  for (const [, part] of JSON.stringify(definitions[name]).matchAll(/#\/definitions\/([^"]+)/g)) {
    if (part !== undefined) collect(definitions, part, used);
  }
}

function strictBuiltIn(name: string, schema: Schema): Schema {
  if (name.endsWith(".IntOrString") || name.endsWith(".resource.Quantity")) {
    return { type: ["string", "number"] };
  }
  return strict(schema);
}

function writeCustom(home: string, file: string): void {
  for (const document of parseAllDocuments(readFileSync(file, "utf8"))) {
    const crd = document.toJS() as Schema | null;
    if (crd?.kind !== "CustomResourceDefinition") continue;
    for (const { name, schema } of crd.spec.versions) {
      const root = structuredClone(schema.openAPIV3Schema);
      // CRDs leave out what every object has.
      root.properties = {
        ...root.properties,
        apiVersion: { const: `${crd.spec.group}/${name}` },
        kind: { const: crd.spec.names.kind },
        metadata: { type: "object" },
      };
      write(home, crd.spec.group, crd.spec.names.kind, name, strict(root));
    }
  }
}

/** A copy in which objects have no fields but those that are named, and Kubernetes' own words are JSON schema's. */
function strict(schema: Schema): Schema {
  if (schema["x-kubernetes-int-or-string"]) return { type: ["string", "number"] };
  const copy: Schema = { ...schema };
  for (const key of ["properties", "patternProperties"]) {
    if (copy[key] === undefined) continue;
    copy[key] = Object.fromEntries(
      Object.entries(copy[key]).map(([name, part]) => [name, strict(part as Schema)]),
    );
  }
  for (const key of ["items", "additionalProperties", "not"]) {
    if (typeof copy[key] === "object") copy[key] = strict(copy[key]);
  }
  // What stands within these only narrows what stands beside them: it names no new fields.
  for (const key of ["allOf", "anyOf", "oneOf"]) {
    if (copy[key] !== undefined) copy[key] = copy[key].map(withoutDefaults);
  }
  const open = copy["x-kubernetes-preserve-unknown-fields"] === true;
  if (copy.properties !== undefined && copy.additionalProperties === undefined && !open) {
    copy.additionalProperties = false;
  }
  if (copy.nullable === true && typeof copy.type === "string") copy.type = [copy.type, "null"];
  return withoutDefaults(copy);
}

/** Formats and patterns of Go's own dialect are the API server's to check. */
function withoutDefaults({
  default: _default,
  format: _format,
  pattern: _pattern,
  ...rest
}: Schema): Schema {
  return rest;
}
