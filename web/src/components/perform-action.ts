import type { Chat } from "../state/chat.ts";
import type { Action } from "./action.ts";
import { openExportDialog, openShareDialog } from "./open-dialogs.ts";

/** What `<chat-app>` does itself. */
type PageAction = Extract<
  Action,
  {
    type:
      | "toggle-sidebar"
      | "close-drawer"
      | "chat-settings"
      | "show-shortcuts"
      | "dismiss-demo"
      | "dismiss-notice"
      | "edit-last"
      | "announce"
      | "suggest";
  }
>;

/** Does what a reader asked for. */
export function performAction(chat: Chat, action: Exclude<Action, PageAction>): void {
  switch (action.type) {
    case "send":
      chat.writing.send(action.text);
      break;
    case "stop":
      stopFirst(chat);
      break;
    case "edit":
      chat.writing.edit(action.message, action.text);
      break;
    case "regenerate":
      chat.writing.regenerate(action.parentId, action.from, action.model);
      break;
    case "rate":
      void chat.rate(action.message, action.change);
      break;
    case "choose":
      chat.choose(action.group, action.id);
      break;
    case "retry":
      chat.writing.retry(action.id);
      break;
    case "discard":
      chat.writing.discard(action.id);
      break;
    case "reword":
      chat.writing.followUps.reword(action.id, action.text);
      break;
    case "rewording":
      chat.writing.followUps.rewording(action.id, action.on);
      break;
    case "unqueue":
      chat.writing.followUps.remove(action.id);
      break;
    case "send-now":
      chat.writing.followUps.sendNow();
      break;
    case "load-older":
      void chat.conversations.loadOlder();
      break;
    case "pick-model":
      chat.setModel(action.id);
      break;
    case "new-chat":
      chat.newChat();
      break;
    case "rename":
      void chat.list.edit(action.id, { title: action.title });
      break;
    case "pin":
      void chat.list.edit(action.id, { pinned: action.pinned });
      break;
    case "delete":
      chat.remove(action.id);
      break;
    case "restore":
      chat.restore(action.id);
      break;
    case "share":
      void openShareDialog(chat, action.id);
      break;
    case "export":
      void openExportDialog(chat, action.id);
      break;
    case "search-again":
      chat.library.search.again();
      break;
    case "load-more":
      void chat.list.loadMore();
      break;
    case "reload-list":
      void chat.list.reload();
      break;
    case "sign-out":
      void chat.signOut();
      break;
    case "try-now":
      chat.connection.nudge();
      break;
    default:
      action satisfies never;
  }
}

/** Of the answers on screen the topmost: those below wait for it. */
function stopFirst(chat: Chat): void {
  const { live } = chat.conversations.current.get();
  const growing = chat.path().find(({ message }) => live.has(message.id));
  if (growing) chat.stop(growing.message.id);
}
