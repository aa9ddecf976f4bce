import type { RunningGeneration } from "../domain/ports/live.ts";
import { type GenerationText, UNSEEN } from "../protocol/apply-delta.ts";
import type { ChatEvent, EndEvent } from "../protocol/events.ts";
import type { GenerationState } from "../protocol/frames.ts";
import type { GenerationId, MessageId } from "../protocol/ids.ts";

/** A generation that is waiting, queued or running, as this process sees it. */
export interface WatchedGeneration extends GenerationText {
  readonly queued: boolean;
  /** When the last text came, by the monotonic clock, in ms. */
  readonly heardAt?: number;
  readonly parentId: MessageId | undefined;
  readonly position?: number;
}

const UNKNOWN: WatchedGeneration = { ...UNSEEN, queued: true, parentId: undefined };

/** What is under way in one conversation; bounded by what a conversation may have running at once. */
export function createWatchedGenerations() {
  const generations = new Map<GenerationId, WatchedGeneration>();

  return {
    get: (id: GenerationId): WatchedGeneration | undefined => generations.get(id),
    /** The same; one never heard of has no text yet. */
    textOf: (id: GenerationId): WatchedGeneration => generations.get(id) ?? UNKNOWN,
    all: (): (readonly [GenerationId, WatchedGeneration])[] => [...generations],
    /** Those that wait in the queue. */
    queued: (): GenerationId[] =>
      [...generations].flatMap(([id, { queued }]) => (queued ? [id] : [])),
    clear: () => generations.clear(),

    /** What the store said of one. */
    load({ status, generationId, reasoning = "", ...rest }: RunningGeneration): void {
      generations.set(generationId, { ...rest, reasoning, queued: status === "queued" });
    },

    /** New text of one, which thereby runs. */
    setText(id: GenerationId, next: GenerationText, heardAt?: number): void {
      const { fence, text, reasoning } = next;
      const mine = generations.get(id) ?? UNKNOWN;
      const heard = heardAt === undefined ? {} : { heardAt };
      generations.set(id, { ...mine, fence, text, reasoning, queued: false, ...heard });
    },

    setPosition(id: GenerationId, position: number): void {
      const mine = generations.get(id);
      if (mine !== undefined) generations.set(id, { ...mine, position });
    },

    apply(event: ChatEvent): void {
      switch (event.type) {
        case "generation.queued": {
          const { generationId, parentId, position } = event;
          const mine = generations.get(generationId) ?? UNKNOWN;
          generations.set(generationId, { ...mine, queued: true, parentId, position });
          break;
        }
        case "generation.started": {
          const mine = generations.get(event.generationId) ?? UNKNOWN;
          generations.set(event.generationId, { ...mine, queued: false });
          break;
        }
        case "generation.finished":
        case "generation.stopped":
        case "generation.failed":
          generations.delete(event.generationId);
          break;
        default:
      }
    },

    /** Whether all the text that an end event speaks of is here. */
    isWhole(event: EndEvent): boolean {
      const { text, reasoning } = generations.get(event.generationId) ?? UNKNOWN;
      const reasoningLength =
        event.type === "generation.finished" ? (event.reasoningLength ?? 0) : reasoning.length;
      return text.length === event.length && reasoning.length === reasoningLength;
    },

    /** As a `subscribed` frame tells them. */
    states: (): GenerationState[] =>
      [...generations].map(([generationId, { fence, text, reasoning, queued }]) => ({
        generationId,
        fence,
        text,
        ...(reasoning === "" ? {} : { reasoning }),
        status: queued ? "queued" : "running",
      })),
  };
}
/** What `createWatchedGenerations` makes. */
export type WatchedGenerations = ReturnType<typeof createWatchedGenerations>;
