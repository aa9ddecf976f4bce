import * as z from "zod/mini";
import type { Search } from "../domain/ports/search.ts";
import { SearchResults } from "../protocol/search.ts";
import { MAX_QUERY_LENGTH, text } from "../protocol/text.ts";
import { defineRoute, type Route } from "./operation.ts";
import { DEFAULT_LIMIT, Limit, NO_BODY, NO_PARAMS } from "./validate.ts";

/** `GET /api/search` */
export function searchRoutes(search: Search): readonly Route[] {
  return [
    defineRoute(
      {
        id: "search",
        method: "GET",
        path: "/api/search",
        tag: "Conversations",
        summary: "Find words in the caller's conversations",
        description:
          "Titles that hold all of the words, then messages with all of them at the beginning of words, newest conversation first, at most three of each. Neither case nor accents matter; Chinese, Japanese, Korean and Thai are found anywhere in a text.",
        params: NO_PARAMS,
        query: z.object({ q: text(1, MAX_QUERY_LENGTH), limit: z.optional(Limit) }),
        body: NO_BODY,
        answers: [{ status: 200, description: "Where they are", schema: SearchResults }],
        problems: ["invalid"],
      },
      async (c, { query: { q, limit = DEFAULT_LIMIT } }) =>
        c.json({ items: await search.find(c.get("identity").userId, q, limit) }),
    ),
  ];
}
