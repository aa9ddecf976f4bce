import * as z from "zod/mini";
import { notFound } from "../domain/errors.ts";
import type { ShareStore } from "../domain/ports/store.ts";
import { SharedConversation, ShareId } from "../protocol/share.ts";
import type { Keys } from "./keys.ts";
import type { Redis } from "./redis.ts";

const Standing = z.tuple([ShareId, z.string()]);

/**
 * Each share is one key with the whole snapshot, in the slot of its conversation, whose record names
 * it: so it ends with it, and revoking is one script.
 */
export function createRedisShares(redis: Redis, keys: Keys): ShareStore {
  return {
    async of(owner, id) {
      const { conversation, share } = keys.of(id);
      const reply = await redis.script("read-share", [conversation, share], [owner]);
      if (reply === null) throw notFound();
      const stands = Standing.safeParse(reply).data;
      return stands && { id: stands[0], createdAt: stands[1] };
    },

    async put(owner, id, snapshot) {
      const { conversation, share } = keys.of(id);
      const reply = await redis.script(
        "share",
        [conversation, share],
        [owner, keys.newShareId(id), snapshot.createdAt, JSON.stringify(snapshot)],
      );
      if (reply === null) throw notFound();
      const [shareId, createdAt] = Standing.parse(reply);
      return { id: shareId, createdAt };
    },

    async remove(owner, id) {
      const { conversation, share } = keys.of(id);
      const reply = await redis.script("unshare", [conversation, share], [owner]);
      if (reply === null) throw notFound();
    },

    async read(id) {
      const stored = await redis.run((client) => client.get(keys.shareOf(id)));
      return stored === null ? undefined : SharedConversation.parse(JSON.parse(stored));
    },
  };
}
