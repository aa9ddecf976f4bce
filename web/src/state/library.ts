import type { ConversationId, MessageId } from "../../../src/protocol/ids.ts";
import type { Session } from "../../../src/protocol/session.ts";
import type { Client, ExportFormat } from "../api/client.ts";
import { words } from "../i18n/words.ts";
import type { ConversationStore } from "./conversation-store.ts";
import { createImportStore, type ImportStore } from "./import-store.ts";
import type { ListStore } from "./list-store.ts";
import { createReveal, type Reveal } from "./reveal.ts";
import type { Router } from "./router.ts";
import { createSearchStore, type SearchStore } from "./search-store.ts";
import { createShareStore, type ShareStore } from "./share-store.ts";
import type { Store } from "./store.ts";
import { createUnseen, type Unseen } from "./unseen.ts";

/** What one does with conversations as things: find, notice, share, save, bring in. */
export interface Library {
  readonly search: SearchStore;
  readonly unseen: Unseen;
  readonly imports: ImportStore;
  readonly reveal: Reveal;
  /** The link of a conversation, as its dialog needs it. */
  sharing(id: ConversationId, leafId: MessageId | undefined): ShareStore;
  /** The conversation as a file; as Markdown, the path to `leafId`. @throws ApiError */
  export(id: ConversationId, format: ExportFormat, leafId: MessageId | undefined): Promise<File>;
  /** The route has changed. */
  routed(): void;
}

/** `tell` shows a few words in passing. */
export function createLibrary(
  client: Client,
  page: {
    readonly list: ListStore;
    readonly conversations: ConversationStore;
    readonly router: Router;
    readonly session: Store<Session | undefined>;
    readonly tell: (words: string) => void;
  },
): Library {
  const { list, conversations, router } = page;
  const unseen = createUnseen();
  const reveal = createReveal(conversations);
  const maxBytes = () => page.session.get()?.limits.importBytes;
  const imports = createImportStore(client, maxBytes, (made, last) => {
    list.receive({ type: "conversation.created", conversation: made });
    if (last) router.go({ page: "conversation", id: made.id });
  });

  const observe = () => {
    const route = router.route.get();
    const open = route.page === "conversation" && !document.hidden ? route.id : undefined;
    unseen.observe(list.list.get().items.values(), open);
  };
  list.list.subscribe(observe);
  document.addEventListener("visibilitychange", observe);

  const showMessage = async (id: ConversationId, messageId: MessageId) => {
    const found = await reveal.show(id, messageId);
    // The address is the conversation's again: a reload begins where one writes.
    const route = router.route.get();
    if (route.page === "conversation" && route.at === messageId) {
      history.replaceState(null, "", location.pathname);
    }
    if (!found) page.tell(words().search.messageGone);
  };

  return {
    search: createSearchStore(client),
    unseen,
    imports,
    reveal,
    sharing: (id, leafId) => createShareStore(client, id, leafId),
    export: (id, format, leafId) => client.exportConversation(id, format, leafId),
    routed() {
      observe();
      const route = router.route.get();
      if (route.page === "conversation" && route.at) void showMessage(route.id, route.at);
      else reveal.stop();
    },
  };
}
