import type { SearchItem } from "../../../src/protocol/search.ts";
import { chooseLanguage, LANGUAGES, type Language, language } from "../i18n/language.ts";
import { words } from "../i18n/words.ts";
import type { PaletteItem } from "../keyboard/palette-items.ts";
import type { Command } from "../keyboard/shortcuts.ts";
import type { Chat } from "../state/chat.ts";
import { groupConversations } from "../state/conversation-groups.ts";
import { conversationOf } from "../state/conversation-list.ts";
import { readTheme, setTheme, THEMES } from "../state/preferences.ts";
import { keysOf } from "./shortcuts-dialog.ts";

/** Everything that can be done from where the reader is, then every conversation that is loaded. */
export function paletteItems(chat: Chat, run: (command: Command) => void): PaletteItem[] {
  return [...actions(chat, run), ...settings(), ...conversations(chat)];
}

/** What the server found in messages, as items. */
export function foundItems(chat: Chat, found: readonly SearchItem[]): PaletteItem[] {
  const { common, palette } = words();
  const known = chat.list.list.get().items;
  return found.flatMap(({ conversation, message, excerpt }) => {
    const { id } = conversation;
    if (!message && known.has(id)) return [];
    const at = message ? { at: message.id } : {};
    return {
      id: message?.id ?? id,
      name: conversation.title || common.untitled,
      group: message ? palette.messages : palette.conversations,
      hint: message ? excerpt : "",
      run: () => chat.router.go({ page: "conversation", id, ...at }),
    };
  });
}

function actions(chat: Chat, run: (command: Command) => void): PaletteItem[] {
  const { conversationMenu, palette, shortcuts } = words();
  const command = (name: Command): PaletteItem => ({
    id: name,
    name: shortcuts[name],
    group: palette.actions,
    keys: keysOf(name),
    run: () => run(name),
  });
  const answers = chat.path().some(({ message }) => message.role === "assistant");
  const answering = chat.conversations.current.get().live.size > 0;
  const route = chat.router.route.get();
  const open =
    route.page === "conversation" ? conversationOf(chat.list.list.get(), route.id) : undefined;
  return [
    command("newChat"),
    command("focusMessage"),
    ...(answering ? [command("stop")] : []),
    ...(answers ? [command("copyLast")] : []),
    ...(open
      ? [
          {
            id: "pin",
            name: open.pinned ? conversationMenu.unpin : conversationMenu.pin,
            group: palette.actions,
            hint: open.title,
            run: () => void chat.list.edit(open.id, { pinned: !open.pinned }),
          },
        ]
      : []),
    command("toggleSidebar"),
    { ...command("help"), name: words().account.shortcuts },
  ];
}

/** Found by their names alone: they would only be in the way of what one opens the palette for. */
function settings(): PaletteItem[] {
  const { account, palette } = words();
  const themes = THEMES.filter((theme) => theme !== readTheme()).map((theme) => ({
    id: `theme-${theme}`,
    name: palette.useTheme(account[theme]),
    group: palette.actions,
    quiet: true,
    run: () => setTheme(theme),
  }));
  const codes: readonly Language[] = ["en", "de", "zh", "ar"];
  const languages = codes
    .filter((code) => code !== language.get())
    .map((code) => ({
      id: `language-${code}`,
      name: palette.useLanguage(LANGUAGES[code]),
      // Whoever cannot read the page finds their language by its English name or code.
      also: `language ${code} ${new Intl.DisplayNames("en", { type: "language" }).of(code) ?? ""}`,
      group: palette.actions,
      quiet: true,
      run: () => void chooseLanguage(code),
    }));
  return [...themes, ...languages];
}

function conversations(chat: Chat): PaletteItem[] {
  const { common, palette } = words();
  return groupConversations(chat.list.list.get(), new Date())
    .flatMap(({ items }) => items)
    .map(({ id, title }) => ({
      id,
      name: title || common.untitled,
      group: palette.conversations,
      run: () => chat.router.go({ page: "conversation", id }),
    }));
}
