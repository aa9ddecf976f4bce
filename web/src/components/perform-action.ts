import type { Chat } from "../state/chat.ts";
import type { Action } from "./action.ts";

/** What `<chat-app>` does itself. */
type PageAction = Extract<
  Action,
  { type: "toggle-sidebar" | "close-drawer" | "dismiss-demo" | "announce" | "suggest" }
>;

/** Does what a reader asked for. */
export function performAction(chat: Chat, action: Exclude<Action, PageAction>): void {
  switch (action.type) {
    case "send":
      chat.send(action.text);
      break;
    case "stop":
      stopFirst(chat);
      break;
    case "edit":
      chat.edit(action.message, action.text);
      break;
    case "regenerate":
      chat.regenerate(action.parentId, action.from);
      break;
    case "choose":
      chat.choose(action.group, action.id);
      break;
    case "retry":
      chat.retry(action.id);
      break;
    case "discard":
      chat.discard(action.id);
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
    case "load-more":
      void chat.list.loadMore();
      break;
    case "reload-list":
      void chat.list.reload();
      break;
    case "sign-in":
      location.reload();
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
