import * as z from "zod/mini";
import type { Catalogue } from "../domain/ports/model.ts";
import { Model } from "../protocol/session.ts";
import { defineRoute, type Route } from "./operation.ts";
import { NO_BODY, NO_PARAMS, NO_QUERY } from "./validate.ts";

/** The models a user may pick, the default first. */
export const ModelList = z.object({ items: z.array(Model) });

/** `GET /api/models` */
export function modelRoutes(catalogue: Catalogue): readonly Route[] {
  return [
    defineRoute(
      {
        id: "listModels",
        method: "GET",
        path: "/api/models",
        tag: "Session",
        summary: "The models to pick from, the default first",
        params: NO_PARAMS,
        query: NO_QUERY,
        body: NO_BODY,
        answers: [
          { status: 200, description: "All of them, with the status last seen", schema: ModelList },
        ],
      },
      (c) => c.json({ items: catalogue.models() }),
    ),
  ];
}
