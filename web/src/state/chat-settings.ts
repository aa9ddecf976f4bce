import { type Conversation, NewConversation } from "../../../src/protocol/conversation.ts";
import type { ConversationId } from "../../../src/protocol/ids.ts";
import type { Client } from "../api/client.ts";
import { ApiError } from "../api/http.ts";
import { ownStorage } from "./own-storage.ts";
import { createStore, type Store } from "./store.ts";

/** How the model is to answer in one conversation; what is absent is the server's own default. */
export type ChatSettings = Pick<NewConversation, "systemPrompt" | "parameters">;

/** Where the last change is; `failed` holds why, in words. */
export type Saving =
  | { readonly phase: "none" | "saving" | "saved" }
  | { readonly phase: "failed"; readonly why: string };

/** The settings of conversations, and of the chat that is about to begin. */
export interface SettingsStore {
  readonly saving: Store<Saving>;
  /** Of a conversation (with what is not saved yet upon it), or of the new chat. */
  of(conversation: Conversation | undefined): ChatSettings;
  /** Saves; of several changes in a row the last. */
  change(id: ConversationId | undefined, settings: ChatSettings): void;
  /** Saves again what could not be saved. */
  retry(): void;
  /** The new chat has become a conversation: the next one begins with the defaults. */
  begun(): void;
}

const NEW_CHAT = "draft:new:settings";
const NOTHING_SAVING: Saving = { phase: "none" };

/** `onSaved` gets the conversation as the server has it now. */
export function createSettings(
  client: Pick<Client, "change">,
  onSaved: (conversation: Conversation) => void,
): SettingsStore {
  const saving = createStore<Saving>(NOTHING_SAVING);
  const wanted = new Map<ConversationId, ChatSettings>();
  const busy = new Set<ConversationId>();

  const save = async (id: ConversationId): Promise<void> => {
    if (busy.has(id)) return;
    busy.add(id);
    saving.set({ phase: "saving" });
    try {
      for (let next = wanted.get(id); next; next = wanted.get(id)) {
        const { systemPrompt = null, parameters = null } = next;
        const conversation = await client.change(id, { systemPrompt, parameters });
        if (wanted.get(id) !== next) continue;
        wanted.delete(id);
        onSaved(conversation);
      }
      saving.set({ phase: "saved" });
    } catch (error) {
      saving.set({ phase: "failed", why: error instanceof ApiError ? error.message : "" });
    } finally {
      busy.delete(id);
    }
  };

  return {
    saving,
    of(conversation) {
      if (!conversation) return readNew();
      const { systemPrompt, parameters } = wanted.get(conversation.id) ?? conversation;
      return { systemPrompt, parameters };
    },
    change(id, settings) {
      if (id === undefined) {
        const kept = settings.systemPrompt || settings.parameters;
        ownStorage.write(NEW_CHAT, kept ? JSON.stringify(settings) : undefined);
        saving.set({ phase: kept ? "saved" : "none" });
        return;
      }
      wanted.set(id, settings);
      void save(id);
    },
    retry() {
      for (const id of wanted.keys()) void save(id);
    },
    begun() {
      ownStorage.write(NEW_CHAT, undefined);
      saving.set(NOTHING_SAVING);
    },
  };
}

function readNew(): ChatSettings {
  try {
    const json: unknown = JSON.parse(ownStorage.read(NEW_CHAT) ?? "{}");
    const { systemPrompt, parameters } = NewConversation.safeParse(json).data ?? {};
    return { systemPrompt, parameters };
  } catch {
    return {};
  }
}
