import { notFound } from "../domain/errors.ts";
import type { ShareStore, StoredShare } from "../domain/ports/store.ts";
import type { ShareConversation } from "../domain/share-conversation.ts";
import { NewShare, Share, SharedConversation } from "../protocol/share.ts";
import { defineRoute, type Route } from "./operation.ts";
import { createRateLimit } from "./rate-limit.ts";
import { ConversationParams, NO_BODY, NO_QUERY, ShareParams } from "./validate.ts";

const TAG = "Shares";
/** Shares that one process reads for everybody, a second and at once: nobody says who reads. */
const READS_PER_SECOND = 50;
const READS_AT_ONCE = 200;

/** A conversation's share, and what everyone who has its address reads. */
export function shareRoutes(deps: {
  readonly shares: ShareStore;
  readonly shareConversation: ShareConversation;
  readonly publicOrigin: string | undefined;
}): readonly Route[] {
  const { shares, shareConversation, publicOrigin = "" } = deps;
  const limitReads = createRateLimit(READS_PER_SECOND, READS_AT_ONCE);
  const addressed = ({ id, createdAt }: StoredShare): Share => ({
    id,
    url: `${publicOrigin}/share/${id}`,
    createdAt,
  });

  return [
    defineRoute(
      {
        id: "shareConversation",
        method: "POST",
        path: "/api/conversations/:id/share",
        tag: TAG,
        summary: "Share a snapshot of a conversation",
        description:
          "Of the path to `leafId`, else to the newest message, as it is now. Whoever has the address reads it, without signing in. The same one again while it stands: to share what came later, delete it first. `url` is absolute where the deployment knows its public origin, else relative to this server.",
        params: ConversationParams,
        query: NO_QUERY,
        body: NewShare,
        example: {},
        answers: [{ status: 201, description: "The share", schema: Share }],
      },
      async (c, { params, body: { leafId } }) => {
        const owner = c.get("identity").userId;
        const share = await shareConversation({ owner, conversationId: params.id, leafId });
        return c.json(addressed(share), 201);
      },
    ),

    defineRoute(
      {
        id: "getShare",
        method: "GET",
        path: "/api/conversations/:id/share",
        tag: TAG,
        summary: "The share of a conversation",
        params: ConversationParams,
        query: NO_QUERY,
        body: NO_BODY,
        answers: [{ status: 200, description: "The share", schema: Share }],
      },
      async (c, { params }) => {
        const share = await shares.of(c.get("identity").userId, params.id);
        if (share === undefined) throw notFound("share");
        return c.json(addressed(share));
      },
    ),

    defineRoute(
      {
        id: "deleteShare",
        method: "DELETE",
        path: "/api/conversations/:id/share",
        tag: TAG,
        summary: "Take a share back",
        description: "From then on nobody reads it. Idempotent.",
        params: ConversationParams,
        query: NO_QUERY,
        body: NO_BODY,
        answers: [{ status: 204, description: "There is none any more" }],
      },
      async (c, { params }) => {
        await shares.remove(c.get("identity").userId, params.id);
        return c.body(null, 204);
      },
    ),

    defineRoute(
      {
        id: "readShare",
        method: "GET",
        path: "/api/shares/:shareId",
        tag: TAG,
        summary: "What was shared",
        description: "For everyone who has the address. Names nobody.",
        open: true,
        params: ShareParams,
        query: NO_QUERY,
        body: NO_BODY,
        answers: [{ status: 200, description: "The snapshot", schema: SharedConversation }],
        problems: ["limited"],
      },
      async (c, { params }) => {
        limitReads();
        const shared = await shares.read(params.shareId);
        if (shared === undefined) throw notFound("share");
        return c.json(shared);
      },
    ),
  ];
}
