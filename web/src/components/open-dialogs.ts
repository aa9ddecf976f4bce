import type { ConversationId } from "../../../src/protocol/ids.ts";
import { words } from "../i18n/words.ts";
import type { Chat } from "../state/chat.ts";
import { conversationOf } from "../state/conversation-list.ts";

/** Opens the dialog of a conversation's link. */
export async function openShareDialog(chat: Chat, id: ConversationId): Promise<void> {
  const { ShareDialog } = await import("./share-dialog.ts");
  const dialog = new ShareDialog();
  dialog.sharing = chat.library.sharing(id, shownLeaf(chat, id));
  dialog.heading = titleOf(chat, id);
  document.body.append(dialog);
}

/** Opens the dialog that saves a conversation as a file. */
export async function openExportDialog(chat: Chat, id: ConversationId): Promise<void> {
  const { ExportDialog } = await import("./export-dialog.ts");
  const dialog = new ExportDialog();
  dialog.fetchFile = (format) => chat.library.export(id, format, shownLeaf(chat, id));
  dialog.heading = titleOf(chat, id);
  document.body.append(dialog);
}

function titleOf(chat: Chat, id: ConversationId): string {
  return conversationOf(chat.list.list.get(), id)?.title || words().common.untitled;
}

/** Where the path ends that the reader sees, as far as it is stored; another conversation has none. */
function shownLeaf(chat: Chat, id: ConversationId) {
  const route = chat.router.route.get();
  if (route.page !== "conversation" || route.id !== id) return undefined;
  const { live } = chat.conversations.current.get();
  const stored = chat.path().filter(({ message, pending }) => !pending && !live.has(message.id));
  return stored.at(-1)?.message.id;
}
