import type { Subscriber, Subscription } from "../domain/ports/live.ts";
import type { GenerationText } from "../protocol/apply-delta.ts";
import { type ChatEvent, isEndEvent } from "../protocol/events.ts";
import type { ConversationId, GenerationId } from "../protocol/ids.ts";
import { deltaFrame } from "./frame-text.ts";
import { mergeDeltas, type Position } from "./merge-deltas.ts";

/** Those who see one conversation, each at its own pace. */
export interface Viewers {
  readonly size: number;
  add(subscriber: Subscriber, onLeave: () => void): Subscription;
  /** Sends a serialised delta to all; `before` is where every viewer that is not behind stands. */
  sendDelta(generationId: GenerationId, raw: string, before: Position): void;
  /** Sends a serialised event to all; before an end, each gets what it misses of the text. */
  sendEvent(raw: string, event: ChatEvent): void;
  /** The log was rolled back: all must come back for a snapshot. */
  reset(): void;
  clear(): void;
}

/** A viewer, and where it stood in each generation when its transport fell behind. */
interface Viewer {
  readonly subscriber: Subscriber;
  readonly behind: Map<GenerationId, Position>;
}

export function createViewers(
  id: ConversationId,
  textOf: (generationId: GenerationId) => GenerationText | undefined,
  onMerged: () => void = () => undefined,
): Viewers {
  const viewers = new Set<Viewer>();

  /** Sends a viewer what its transport had no room for. */
  function sendMissed({ subscriber, behind }: Viewer, generationId: GenerationId): void {
    const position = behind.get(generationId);
    const current = textOf(generationId);
    behind.delete(generationId);
    if (position === undefined || current === undefined) return;
    for (const delta of mergeDeltas(position, current)) {
      subscriber.send(deltaFrame(id, generationId, delta));
      onMerged();
    }
  }

  return {
    get size() {
      return viewers.size;
    },
    add(subscriber, onLeave) {
      const viewer: Viewer = { subscriber, behind: new Map() };
      viewers.add(viewer);
      return {
        resume() {
          for (const generationId of [...viewer.behind.keys()]) sendMissed(viewer, generationId);
        },
        leave() {
          viewers.delete(viewer);
          onLeave();
        },
      };
    },
    sendDelta(generationId, raw, before) {
      for (const { subscriber, behind } of viewers) {
        if (behind.has(generationId)) continue;
        if (!subscriber.sendDelta(raw)) behind.set(generationId, before);
      }
    },
    sendEvent(raw, event) {
      for (const viewer of viewers) {
        // The end event says how long the text is: the text goes first.
        if (isEndEvent(event)) sendMissed(viewer, event.generationId);
        viewer.subscriber.send(raw);
      }
    },
    reset() {
      for (const { subscriber } of viewers) subscriber.reset();
    },
    clear: () => viewers.clear(),
  };
}
