import type { OpenApiDocument, OperationObject } from "./openapi.ts";

/** An operation with where it stands in the document. */
export interface DocumentedOperation extends OperationObject {
  readonly id: string;
  readonly tag: string;
  readonly method: string;
  readonly path: string;
}

/** All operations of a document, in its order. */
export function documentedOperations(document: OpenApiDocument): readonly DocumentedOperation[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      ...operation,
      id: operation.operationId,
      tag: operation.tags[0] ?? "",
      method: method.toUpperCase(),
      path,
    })),
  );
}

/** A command that calls an operation at `origin`, ids to be filled in. */
export function curlOf(operation: DocumentedOperation, origin: string): string {
  const { method, path, requestBody, responses } = operation;
  if ("101" in responses) return `npx wscat -c ${origin.replace(/^http/, "ws")}${path}`;
  const url = `${origin}${path}`.replaceAll(/\{(\w+)\}/g, (_, name: string) => `$${name}`);
  const streams = Object.values(responses).some(
    (response) => "content" in response && response.content?.["text/event-stream"],
  );
  const parts = ["curl", streams ? "-N" : "", method === "GET" ? "" : `-X ${method}`, `"${url}"`];
  const command = parts.filter(Boolean).join(" ");
  const content = requestBody?.content["application/json"];
  if (content === undefined) return command;
  const example = JSON.stringify(content.example ?? {}).replaceAll("'", "'\\''");
  return `${command} \\\n  -H 'Content-Type: application/json' \\\n  -d '${example}'`;
}
