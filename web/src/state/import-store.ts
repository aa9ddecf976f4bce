import type { Conversation } from "../../../src/protocol/conversation.ts";
import type { Client } from "../api/client.ts";
import { ApiError } from "../api/http.ts";
import { words } from "../i18n/words.ts";
import { createStore, type Store } from "./store.ts";

/** How it stands with files that a reader brought. */
export interface ImportState {
  /** Files that are on their way. */
  readonly waiting: number;
  /** What could not be read, in words, a file each. */
  readonly failures: readonly string[];
}

/**
 * Takes in conversations from files that an export made. They are sent as they are: whether one is
 * such a file is for the server to say, and to read megabytes here would hold up the page.
 */
export interface ImportStore {
  readonly state: Store<ImportState>;
  /** One after the other. */
  take(files: readonly File[]): Promise<void>;
  dismiss(): void;
}

/** `onImported` gets each new conversation; the last of a batch is the one to open. */
export function createImportStore(
  client: Pick<Client, "importConversation">,
  maxBytes: () => number | undefined,
  onImported: (made: Conversation, last: boolean) => void,
): ImportStore {
  const state = createStore<ImportState>({ waiting: 0, failures: [] });
  const change = (waiting: number, failure?: string) => {
    const { waiting: before, failures } = state.get();
    state.set({
      waiting: before + waiting,
      failures: failure === undefined ? failures : [...failures, failure],
    });
  };
  return {
    state,
    async take(files) {
      state.set({ ...state.get(), failures: [] });
      change(files.length);
      let last: Conversation | undefined;
      for (const file of files) {
        try {
          if (file.size > (maxBytes() ?? file.size)) throw new ApiError("too_large", "");
          // It is not there any more, or is a folder: sending would not tell.
          await file.slice(0, 1).arrayBuffer();
          last = await client.importConversation(file);
          onImported(last, false);
          change(-1);
        } catch (error) {
          change(-1, failureOf(file.name, error));
        }
      }
      if (last) onImported(last, true);
    },
    dismiss: () => state.set({ ...state.get(), failures: [] }),
  };
}

function failureOf(name: string, error: unknown): string {
  const { transfer } = words();
  if (!(error instanceof ApiError)) return transfer.unreadable(name);
  if (error.code === "invalid") return transfer.notAnExport(name);
  if (error.code === "too_large") return transfer.tooLarge(name);
  return transfer.importFailed(name, error.message);
}
