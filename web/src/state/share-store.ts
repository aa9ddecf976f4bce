import type { ConversationId, MessageId } from "../../../src/protocol/ids.ts";
import type { Share } from "../../../src/protocol/share.ts";
import type { Client } from "../api/client.ts";
import { ApiError } from "../api/http.ts";
import { createStore, type Store } from "./store.ts";

/** How it stands with the link of one conversation. */
export interface ShareState {
  readonly phase: "loading" | "none" | "shared" | "revoked" | "unknown";
  readonly share: Share | undefined;
  /** Something was asked of the server that it has not answered. */
  readonly busy: boolean;
  /** What went wrong, in words. */
  readonly failure: string | undefined;
}

/** The one link of a conversation: look it up, make it, take it back. */
export interface ShareStore {
  readonly state: Store<ShareState>;
  load(): Promise<void>;
  create(): Promise<void>;
  revoke(): Promise<void>;
}

/** `leafId`: the end of the path that the reader sees; absent: the newest. */
export function createShareStore(
  client: Pick<Client, "share" | "createShare" | "revokeShare">,
  id: ConversationId,
  leafId: MessageId | undefined,
): ShareStore {
  const state = createStore<ShareState>({
    phase: "loading",
    share: undefined,
    busy: true,
    failure: undefined,
  });
  const ask = async (task: () => Promise<Pick<ShareState, "phase" | "share">>) => {
    state.set({ ...state.get(), busy: true, failure: undefined });
    try {
      state.set({ ...(await task()), busy: false, failure: undefined });
    } catch (error) {
      const { phase } = state.get();
      state.set({
        ...state.get(),
        phase: phase === "loading" ? "unknown" : phase,
        busy: false,
        failure: error instanceof ApiError ? error.message : String(error),
      });
    }
  };
  return {
    state,
    load: () =>
      ask(async () => {
        const share = await client.share(id);
        return share ? { phase: "shared", share } : { phase: "none", share };
      }),
    create: () =>
      ask(async () => ({ phase: "shared", share: await client.createShare(id, leafId) })),
    revoke: () =>
      ask(async () => {
        await client.revokeShare(id);
        return { phase: "revoked", share: undefined };
      }),
  };
}
