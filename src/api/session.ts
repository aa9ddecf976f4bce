import { userOf } from "../domain/identity.ts";
import type { Catalogue } from "../domain/ports/model.ts";
import { type Branding, Session } from "../protocol/session.ts";
import {
  MAX_CONTENT_LENGTH,
  MAX_NOTE_LENGTH,
  MAX_QUERY_LENGTH,
  MAX_SYSTEM_PROMPT_LENGTH,
  MAX_TITLE_LENGTH,
} from "../protocol/text.ts";
import { defineRoute, type Route } from "./operation.ts";
import { MAX_WAIT_SECONDS } from "./prefer.ts";
import { MAX_LIMIT, NO_BODY, NO_PARAMS, NO_QUERY } from "./validate.ts";

/** `GET /api/session`: who is signed in, and what there is for them. */
export function sessionRoutes(deps: {
  readonly catalogue: Catalogue;
  readonly features: Readonly<Record<string, boolean>>;
  readonly maxBodyBytes: number;
  readonly maxImportBytes: number;
  readonly branding: Branding;
}): readonly Route[] {
  const limits = {
    contentLength: MAX_CONTENT_LENGTH,
    titleLength: MAX_TITLE_LENGTH,
    systemPromptLength: MAX_SYSTEM_PROMPT_LENGTH,
    noteLength: MAX_NOTE_LENGTH,
    queryLength: MAX_QUERY_LENGTH,
    bodyBytes: deps.maxBodyBytes,
    importBytes: deps.maxImportBytes,
    pageItems: MAX_LIMIT,
    waitSeconds: MAX_WAIT_SECONDS,
  };
  return [
    defineRoute(
      {
        id: "getSession",
        method: "GET",
        path: "/api/session",
        tag: "Session",
        summary: "Who is signed in, and what this deployment offers",
        params: NO_PARAMS,
        query: NO_QUERY,
        body: NO_BODY,
        answers: [{ status: 200, description: "The session", schema: Session }],
      },
      (c) =>
        c.json({
          user: userOf(c.get("identity")),
          features: { ...deps.features },
          limits,
          models: [...deps.catalogue.models()],
          branding: deps.branding,
        } satisfies Session),
    ),
  ];
}
