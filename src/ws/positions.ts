import type { RunningGenerations } from "../domain/ports/live.ts";
import type { ConversationId } from "../protocol/ids.ts";
import type { Viewers } from "./viewers.ts";
import type { WatchedGenerations } from "./watched-generations.ts";

/** Tells the viewers of a conversation where the queue has moved for what of it waits. */
export async function sendPositions(
  id: ConversationId,
  running: RunningGenerations,
  generations: WatchedGenerations,
  viewers: Viewers,
): Promise<void> {
  const positions = await running.positions(id, generations.queued());
  for (const [generationId, place] of positions) {
    const mine = generations.get(generationId);
    if (mine?.parentId === undefined || !mine.queued || mine.position === place.position) continue;
    generations.setPosition(generationId, place.position);
    const { parentId } = mine;
    const event = { type: "generation.queued", generationId, parentId, ...place } as const;
    viewers.sendEvent(JSON.stringify({ type: "event", conversationId: id, event }), event);
  }
}
