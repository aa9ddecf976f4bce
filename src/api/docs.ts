import { html, raw } from "hono/html";
import { curlOf, type DocumentedOperation, documentedOperations } from "./docs-operations.ts";
import { DOCS_STYLE } from "./docs-style.ts";
import type {
  Json,
  OpenApiDocument,
  ParameterObject,
  Reference,
  ResponseObject,
} from "./openapi.ts";
import { defineRoute, type Route } from "./operation.ts";
import { PROBLEMS } from "./problem.ts";
import { NO_BODY, NO_PARAMS, NO_QUERY } from "./validate.ts";

const STYLE_PATH = "/api/docs/style.css";
const NO_INPUT = { params: NO_PARAMS, query: NO_QUERY, body: NO_BODY };

/** `GET /api/docs`: the OpenAPI document for people; it loads nothing but its own style. */
export function docsRoutes(
  document: () => OpenApiDocument,
  publicOrigin: string | undefined,
): readonly Route[] {
  return [
    defineRoute(
      {
        id: "getDocs",
        method: "GET",
        path: "/api/docs",
        tag: "Documentation",
        summary: "This document as a page",
        ...NO_INPUT,
        answers: [{ status: 200, description: "The page", contentType: "text/html" }],
      },
      (c) => c.html(page(document(), publicOrigin ?? new URL(c.req.url).origin)),
    ),
    defineRoute(
      {
        id: "getDocsStyle",
        method: "GET",
        path: STYLE_PATH,
        tag: "Documentation",
        summary: "The style of that page",
        ...NO_INPUT,
        answers: [{ status: 200, description: "A style sheet", contentType: "text/css" }],
      },
      (c) => c.body(DOCS_STYLE, 200, { "Content-Type": "text/css; charset=utf-8" }),
    ),
  ];
}

function page(document: OpenApiDocument, origin: string) {
  const operations = documentedOperations(document);
  const { title, version, description } = document.info;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} API</title>
<link rel="stylesheet" href="${STYLE_PATH}">
</head>
<body>
<nav aria-label="Contents">
${document.tags.map(
  ({ name }) =>
    html`<h2>${name}</h2><ul>${operations
      .filter(({ tag }) => tag === name)
      .map(
        ({ id, method, path }) => html`<li><a href="#${id}"><b>${method}</b> ${path}</a></li>`,
      )}</ul>`,
)}
<h2>More</h2>
<ul><li><a href="#problems">Problems</a></li><li><a href="#schemas">Schemas</a></li></ul>
</nav>
<main>
<h1>${title} API, version ${version}</h1>
<p>${description}</p>
<p>As a document for programs: <a href="/api/openapi.json">openapi.json</a>.</p>
${operations.map((operation) => section(operation, origin))}
<h2 id="problems">Problems</h2>
<p>Errors are <code>application/problem+json</code> (RFC 9457) with a <code>code</code> and the
<code>requestId</code> to look for in the logs.</p>
<table><thead><tr><th>Status</th><th>Code</th><th>Title</th></tr></thead><tbody>
${Object.entries(PROBLEMS).map(
  ([code, { status, title: meaning }]) =>
    html`<tr id="problem-${code}"><td>${status}</td><td><code>${code}</code></td><td>${meaning}</td></tr>`,
)}
</tbody></table>
<h2 id="schemas">Schemas</h2>
${Object.entries(document.components.schemas).map(
  ([name, schema]) => html`<section id="schema-${name}"><h3>${name}</h3>
<p>${schema.description}</p><pre>${json(schema)}</pre></section>`,
)}
</main>
</body>
</html>`;
}

function section(operation: DocumentedOperation, origin: string) {
  const { id, method, path, summary, description, parameters = [], requestBody } = operation;
  const body = requestBody?.content["application/json"].schema;
  return html`<section id="${id}">
<h2><b>${method}</b> <code>${path}</code></h2>
<p>${summary}.</p>
${description && html`<p>${prose(description)}</p>`}
${parameters.length > 0 && html`<h3>Parameters</h3>${parameterTable(parameters)}`}
${body && html`<h3>Body</h3>${schemaOf(body)}`}
<h3>Answers</h3>
<table><tbody>${Object.entries(operation.responses).map(([status, response]) => answer(status, response))}</tbody></table>
<h3>Example</h3>
<pre>${curlOf(operation, origin)}</pre>
</section>`;
}

function answer(status: string, response: ResponseObject | Reference) {
  if ("$ref" in response) {
    const code = nameIn(response.$ref);
    return html`<tr><td>${status}</td><td><a href="#problem-${code}">${code}</a></td><td></td></tr>`;
  }
  const [content] = Object.entries(response.content ?? {});
  return html`<tr><td>${status}</td><td>${prose(response.description)}</td>
<td>${content && html`<code>${content[0]}</code> ${schemaOf(content[1].schema)}`}</td></tr>`;
}

function parameterTable(parameters: readonly ParameterObject[]) {
  return html`<table><thead><tr><th>Name</th><th>In</th><th>What</th></tr></thead><tbody>
${parameters.map(
  ({ name, in: place, required, description = "", schema }) =>
    html`<tr><td><code>${name}</code></td><td>${place}${required && ", required"}</td>
<td>${prose(description)} ${schemaOf(schema)}</td></tr>`,
)}</tbody></table>`;
}

/** A link to a named schema, else the schema in one line. */
function schemaOf(schema: Json) {
  if (typeof schema.$ref === "string") {
    const name = nameIn(schema.$ref);
    return html`<a href="#schema-${name}">${name}</a>`;
  }
  return html`<code>${JSON.stringify(schema)}</code>`;
}

/** A schema as JSON, its references as links. */
function json(schema: Json) {
  const text = JSON.stringify(schema, null, 2);
  return text
    .split(/("#\/components\/schemas\/\w+")/)
    .map((part) =>
      part.startsWith('"#/') ? schemaOf({ $ref: part.slice(1, -1) }) : html`${part}`,
    );
}

/** Text in which back-ticks mark code. */
function prose(text: string) {
  return text
    .split("`")
    .map((part, index) => (index % 2 === 0 ? html`${part}` : html`<code>${part}</code>`))
    .concat(raw(""));
}

function nameIn(reference: string): string {
  return reference.slice(reference.lastIndexOf("/") + 1);
}
