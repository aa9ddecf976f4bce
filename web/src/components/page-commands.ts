import { words } from "../i18n/words.ts";
import { readPress } from "../keyboard/read-press.ts";
import { type Command, commandOf } from "../keyboard/shortcuts.ts";
import type { Chat } from "../state/chat.ts";
import { groupConversations } from "../state/conversation-groups.ts";
import { conversationOf } from "../state/conversation-list.ts";
import type { Action } from "./action.ts";
import { copyText } from "./copy-text.ts";
import { loadPalette, openPalette } from "./open-palette.ts";

const PRELOAD_MS = 2_000;

/** What the commands need of the page. */
export interface CommandHost {
  readonly act: (action: Action) => void;
  readonly focusMessage: () => void;
  /** The next conversation is opened without moving the focus: one goes on leafing. */
  readonly keepFocus: () => void;
}

/** Obeys the keyboard: every command of the page, from a key or from the palette. */
export function createPageCommands(chat: Chat, host: CommandHost) {
  function run(command: Command): void {
    switch (command) {
      case "palette":
        void openPalette(chat, run).catch(() => undefined);
        break;
      case "help":
        void openHelp().catch(() => undefined);
        break;
      case "newChat":
        host.act({ type: "new-chat" });
        break;
      case "focusMessage":
        host.focusMessage();
        break;
      case "toggleSidebar":
        host.act({ type: "toggle-sidebar" });
        break;
      case "previous":
        leaf(-1);
        break;
      case "next":
        leaf(1);
        break;
      case "copyLast":
        void copyLast();
        break;
      case "stop":
        host.act({ type: "stop" });
        break;
      default:
        command satisfies never;
    }
  }

  /** In the sidebar's order. */
  function leaf(step: 1 | -1): void {
    const list = chat.list.list.get();
    const ids = groupConversations(list, new Date()).flatMap(({ items }) =>
      items.flatMap(({ id }) => (list.leaving.has(id) ? [] : id)),
    );
    const route = chat.router.route.get();
    const at = route.page === "conversation" ? ids.indexOf(route.id) : -1;
    const id = at < 0 ? ids.at(step > 0 ? 0 : -1) : ids[at + step];
    if (!id) return;
    host.keepFocus();
    chat.router.go({ page: "conversation", id });
    const title = conversationOf(chat.list.list.get(), id)?.title || words().common.untitled;
    host.act({ type: "announce", words: words().announce.opened(title) });
  }

  async function copyLast(): Promise<void> {
    const { live } = chat.conversations.current.get();
    const last = chat.path().findLast(({ message }) => message.role === "assistant");
    if (!last) return;
    const text = live.get(last.message.id)?.text.text ?? last.message.content;
    const { copied, copyRefused } = words().common;
    host.act({ type: "announce", words: (await copyText(text)) ? copied : copyRefused });
  }

  // Before it is asked for: what one types right after its key is meant for it.
  setTimeout(() => void loadPalette().catch(() => undefined), PRELOAD_MS);

  return {
    run,
    keydown(event: KeyboardEvent): void {
      const press = readPress(event);
      const command = press && commandOf(press);
      if (!command) return;
      if (command !== "stop") event.preventDefault();
      // Holding a key down leafs on; nothing else is wanted twice.
      if (!event.repeat || command === "previous" || command === "next") run(command);
    },
  };
}

async function openHelp(): Promise<void> {
  const { ShortcutsDialog } = await import("./shortcuts-dialog.ts");
  if (document.querySelector("dialog[open]:not(.drawer)")) return;
  document.body.append(new ShortcutsDialog());
}
