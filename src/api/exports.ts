import * as z from "zod/mini";
import { ChatError } from "../domain/errors.ts";
import { exportJson, exportMarkdown } from "../domain/export-conversation.ts";
import type { ImportConversation } from "../domain/import-conversation.ts";
import { pathEnd } from "../domain/path-end.ts";
import type { ConversationStore, MessageHistory } from "../domain/ports/store.ts";
import { Conversation } from "../protocol/conversation.ts";
import { EXPORT_FORMAT, EXPORT_VERSION, ExportedConversation } from "../protocol/export.ts";
import { MessageId } from "../protocol/ids.ts";
import { attachment } from "./attachment.ts";
import { defineRoute, type Route } from "./operation.ts";
import { readExport } from "./read-export.ts";
import { ConversationParams, NO_BODY, NO_PARAMS, NO_QUERY } from "./validate.ts";

const TAG = "Files";
/** UTF-16 units sent at once. */
const CHUNK_LENGTH = 32_768;
/** Files read at once in one process: each may be large, and is held whole. */
const MAX_IMPORTS = 2;

/** Conversations as files, out and in. */
export function exportRoutes(deps: {
  readonly conversations: ConversationStore;
  readonly history: MessageHistory;
  readonly importConversation: ImportConversation;
  readonly maxImportBytes: number;
}): readonly Route[] {
  const { conversations, history, importConversation, maxImportBytes } = deps;

  return [
    defineRoute(
      {
        id: "exportConversation",
        method: "GET",
        path: "/api/conversations/:id/export",
        tag: TAG,
        summary: "Download a conversation",
        description:
          "`json` is all of it, to be imported again; `markdown` the path to `leafId`, else to the newest message, to be read.",
        params: ConversationParams,
        query: z.object({
          format: z._default(z.enum(["json", "markdown"]), "json"),
          leafId: z.optional(MessageId),
        }),
        body: NO_BODY,
        answers: [
          {
            status: 200,
            description: "The file: JSON as below, or `text/markdown`",
            schema: ExportedConversation,
            headers: { "Content-Disposition": "`attachment`, with a name" },
          },
        ],
        problems: ["invalid"],
      },
      async (c, { params, query: { format, leafId } }) => {
        const conversation = await conversations.get(c.get("identity").userId, params.id);
        const { id, title } = conversation;
        if (format === "json") {
          return c.body(streamed(exportJson(history, conversation)), 200, {
            "Content-Type": "application/json",
            "Content-Disposition": attachment(title, "json"),
          });
        }
        const end = await pathEnd(history, id, leafId);
        return c.body(streamed(exportMarkdown(history, conversation, end)), 200, {
          "Content-Type": "text/markdown; charset=utf-8",
          "Content-Disposition": attachment(title, "md"),
        });
      },
    ),

    fewAtOnce(
      defineRoute(
        {
          id: "importConversation",
          method: "POST",
          path: "/api/conversations/import",
          tag: TAG,
          summary: "Make a conversation of an exported file",
          description:
            "Under new ids, all at once; a model that is not there is left out. Its bound is `limits.importBytes` of the session, not that of other bodies.",
          maxBodyBytes: maxImportBytes,
          params: NO_PARAMS,
          query: NO_QUERY,
          body: ExportedConversation,
          readBody: readExport,
          example: {
            format: EXPORT_FORMAT,
            version: EXPORT_VERSION,
            title: "Holidays",
            createdAt: "2026-01-02T03:04:05.678Z",
            messages: [],
          },
          answers: [{ status: 201, description: "The new conversation", schema: Conversation }],
          problems: ["limited"],
        },
        async (c, { body }) =>
          c.json(await importConversation(c.get("identity").userId, body), 201),
      ),
      MAX_IMPORTS,
    ),
  ];
}

/** Before a body is read: that is what costs memory. */
function fewAtOnce(route: Route, most: number): Route {
  let underWay = 0;
  return {
    ...route,
    async handle(c, maxBodyBytes) {
      c.set("route", route.operation.path);
      if (underWay >= most) {
        throw new ChatError("limited", "Other files are being imported. Try again in a moment.", {
          retryAfterMs: 2_000,
        });
      }
      underWay += 1;
      try {
        return await route.handle(c, maxBodyBytes);
      } finally {
        underWay -= 1;
      }
    },
  };
}

/** Read as the client takes it; an error on the way cuts the answer off, so that nobody takes it for whole. */
function streamed(pieces: AsyncIterable<string>): ReadableStream<Uint8Array> {
  return ReadableStream.from(together(pieces)).pipeThrough(new TextEncoderStream());
}

/** Pieces of about a page each: every chunk costs a system call. */
async function* together(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let page = "";
  for await (const piece of pieces) {
    page += piece;
    if (page.length < CHUNK_LENGTH) continue;
    yield page;
    page = "";
  }
  yield page;
}
