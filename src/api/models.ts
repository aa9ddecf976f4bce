import * as z from "zod/mini";
import type { Catalogue } from "../domain/ports/model.ts";
import { Model } from "../protocol/session.ts";
import { defineRoute, type Route } from "./operation.ts";
import { NO_BODY, NO_PARAMS, NO_QUERY } from "./validate.ts";

/** The models a user may pick, the default first. */
export const ModelList = z.object({
  items: z.array(Model),
  /**
   * Where models are found at run time: `starting` until it is first known which, `away` while who would
   * know does not answer and these are the last that were.
   */
  discovery: z.optional(z.enum(["starting", "live", "away"])),
});

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
      (c) => {
        const { discovery } = catalogue;
        return c.json({ items: catalogue.models(), ...(discovery !== undefined && { discovery }) });
      },
    ),
  ];
}
