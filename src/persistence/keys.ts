import { randomBytes } from "node:crypto";
import type { ConversationId, GenerationId, UserId } from "../protocol/ids.ts";
import { ShareId } from "../protocol/share.ts";

/** 192 random bits: 32 characters. */
const SHARE_ID_BYTES = 24;

/** Where one conversation stands: every key of it carries the same hash tag, hence one slot. */
export interface ConversationKeys {
  readonly conversation: string;
  readonly messages: string;
  readonly events: string;
  readonly running: string;
  readonly sent: string;
  /** Which words are where in it: what a search looks at first. */
  readonly words: string;
  readonly queue: string;
  readonly leases: string;
  readonly clock: string;
  /** User id → how many answers of theirs workers hold. */
  readonly held: string;
  /** Conversations with an answer under way, or one whose end is not told; score: since when, in ms. */
  readonly active: string;
  /** Begins the key of every generation; its id follows. */
  readonly generation: string;
  /** Begins the key of every delta stream; its generation's id follows. */
  readonly deltas: string;
  /** Begins the key of every share; its id follows. */
  readonly share: string;
  /** Channels. */
  readonly live: string;
  readonly work: string;
}

/** What of a partition does not belong to one conversation. */
export type PartitionKeys = Pick<
  ConversationKeys,
  "queue" | "leases" | "clock" | "held" | "active" | "generation" | "deltas" | "share" | "work"
> & { readonly conversation: string; readonly running: string };

/** Names every key and channel: `chatbot:<kind>:{<partition>}:<id>`. */
export interface Keys {
  readonly partitions: number;
  of(id: ConversationId): ConversationKeys;
  partition(partition: number): PartitionKeys;
  /** The index of a user's conversations; the id is percent-encoded, so that no `}` moves its slot. */
  userConversations(id: UserId): string;
  /** The same of the pinned ones; what is not pinned any more may still be in it. */
  userPinned(id: UserId): string;
  userLive(id: UserId): string;
  /** That a sign-in of this user has ended. */
  signedOut(id: UserId, signIn: string): string;
  /** A new id that nobody can guess, of the slot of that conversation. */
  newShareId(id: ConversationId): ShareId;
  shareOf(id: ShareId): string;
}

/** The name that redis-om puts before a conversation's id. */
export const CONVERSATION_PREFIX = "chatbot:conversation";

/** @param partitions 1 to 16,384; fixed for the life of the data. */
export function createKeys(partitions: number): Keys {
  const tag = (partition: number) => `{${partition}}`;
  const partitionKeys = (partition: number): PartitionKeys => {
    const p = tag(partition);
    return {
      conversation: `${CONVERSATION_PREFIX}:${p}:`,
      running: `chatbot:running:${p}:`,
      queue: `chatbot:queue:${p}`,
      leases: `chatbot:leases:${p}`,
      clock: `chatbot:clock:${p}`,
      held: `chatbot:held:${p}`,
      active: `chatbot:active:${p}`,
      generation: `chatbot:generation:${p}:`,
      deltas: `chatbot:deltas:${p}:`,
      share: `chatbot:share:${p}:`,
      work: `chatbot:work:${p}`,
    };
  };
  const perPartition = Array.from({ length: partitions }, (_, partition) =>
    partitionKeys(partition),
  );
  const at = (partition: number): PartitionKeys => {
    const keys = perPartition[partition];
    if (keys === undefined) throw new RangeError(`There is no partition ${partition}.`);
    return keys;
  };
  return {
    partitions,
    partition: at,
    of(id) {
      const partition = partitionOf(id, partitions);
      const p = tag(partition);
      return {
        ...at(partition),
        conversation: `${CONVERSATION_PREFIX}:${p}:${id}`,
        running: `chatbot:running:${p}:${id}`,
        messages: `chatbot:messages:${p}:${id}`,
        events: `chatbot:events:${p}:${id}`,
        sent: `chatbot:sent:${p}:${id}`,
        words: `chatbot:words:${p}:${id}`,
        live: `chatbot:live:${p}:${id}`,
      };
    },
    userConversations: (id) => `chatbot:user:{${encodeURIComponent(id)}}:conversations`,
    userPinned: (id) => `chatbot:user:{${encodeURIComponent(id)}}:pinned`,
    userLive: (id) => `chatbot:live:{${encodeURIComponent(id)}}`,
    signedOut: (id, signIn) => `chatbot:signed-out:{${encodeURIComponent(id)}}:${signIn}`,
    newShareId(id) {
      const partition = partitionOf(id, partitions);
      for (;;) {
        const made = randomBytes(SHARE_ID_BYTES).toString("base64url");
        if (partitionOf(made, partitions) === partition) return ShareId.parse(made);
      }
    },
    shareOf: (id) => `${at(partitionOf(id, partitions)).share}${id}`,
  };
}

/** The id under which redis-om keeps a conversation: `{<partition>}:<id>`. */
export function entityId(id: ConversationId, partitions: number): string {
  return `{${partitionOf(id, partitions)}}:${id}`;
}

/** The key of the lease record of one generation. */
export function generationKey(keys: Pick<ConversationKeys, "generation">, id: GenerationId) {
  return `${keys.generation}${id}`;
}

/** The key of the delta stream of one generation. */
export function deltasKey(keys: Pick<ConversationKeys, "deltas">, id: GenerationId) {
  return `${keys.deltas}${id}`;
}

/** The hash slot of a key or channel with a hash tag. */
export function hashSlot(key: string): number {
  const [, tag = key] = /\{([^}]+)\}/.exec(key) ?? [];
  return crc16(tag) % 16_384;
}

function partitionOf(id: string, partitions: number): number {
  return partitions === 1 ? 0 : crc16(id) % partitions;
}

/** CRC-16/XMODEM, the one Redis Cluster uses. */
function crc16(text: string): number {
  let crc = 0;
  for (const byte of Buffer.from(text)) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) {
      crc = (crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ 0x1021;
    }
    crc &= 0xffff;
  }
  return crc;
}
