import type { ConversationId, MessageId } from "../protocol/ids.ts";
import { notFound } from "./errors.ts";
import type { MessageHistory } from "./ports/store.ts";

/**
 * The last stored message of a path: `leafId`, else the newest; `null` where there is none. Of an
 * answer that is being written its question. @throws ChatError `not_found`.
 */
export async function pathEnd(
  history: Pick<MessageHistory, "get" | "page">,
  id: ConversationId,
  leafId: MessageId | undefined,
): Promise<MessageId | null> {
  if (leafId === undefined) {
    const { items } = await history.page(id, { limit: 1 });
    return items.findLast(({ status }) => status !== "streaming")?.id ?? null;
  }
  const leaf = await history.get(id, leafId);
  if (leaf === undefined) throw notFound("message");
  return leaf.status === "streaming" ? leaf.parentId : leaf.id;
}
