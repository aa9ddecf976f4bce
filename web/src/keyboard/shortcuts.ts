import type { Words } from "../i18n/words.ts";

/** What a key does. */
export type Command =
  | "palette"
  | "help"
  | "newChat"
  | "focusMessage"
  | "toggleSidebar"
  | "previous"
  | "next"
  | "copyLast"
  | "stop";

/** A command and its key, as the list of shortcuts shows them. */
export interface Shortcut {
  readonly command: Command;
  /** As `KeyboardEvent.key` has it. */
  readonly key: string;
  /** With Ctrl, on a Mac with ⌘: then it works while writing too. */
  readonly modified?: true;
}

/**
 * All shortcuts of the page. One key alone collides with no browser's, and a screen reader that
 * browses keeps it to itself; whoever speaks to their machine can switch these off (WCAG 2.1.4).
 */
export const SHORTCUTS: readonly Shortcut[] = [
  { command: "palette", key: "k", modified: true },
  { command: "help", key: "?" },
  { command: "newChat", key: "n" },
  { command: "focusMessage", key: "m" },
  { command: "toggleSidebar", key: "s" },
  { command: "previous", key: "k" },
  { command: "next", key: "j" },
  { command: "copyLast", key: "c" },
  { command: "stop", key: "Escape" },
];

/** What happened on the keyboard, and where. */
export interface KeyPress {
  readonly key: string;
  readonly code: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  /** The focus is where letters mean text: a box, a list to choose from, a menu. */
  readonly writing: boolean;
  /** A dialog, menu or popover is open; Escape is theirs. */
  readonly covered: boolean;
  /** The reader has switched single keys off. */
  readonly singleKeysOff: boolean;
}

/** The command of a key, if it is one here. */
export function commandOf(press: KeyPress): Command | undefined {
  const { key, code, ctrlKey, metaKey, altKey, writing, covered, singleKeysOff } = press;
  const modified = ctrlKey !== metaKey && !altKey;
  const found = SHORTCUTS.find((shortcut) => {
    if (shortcut.modified) return modified && isKey(shortcut.key, key, code);
    return !ctrlKey && !metaKey && !altKey && isKey(shortcut.key, key, code);
  });
  if (!found) return undefined;
  if (found.modified) return found.command;
  if (covered) return undefined;
  if (found.key === "Escape") return found.command;
  return writing || singleKeysOff ? undefined : found.command;
}

/** By its sign; where the layout has no Latin letters, by the key's place. */
function isKey(wanted: string, key: string, code: string): boolean {
  if (key.toLowerCase() === wanted.toLowerCase()) return true;
  const latin = /^[\u0020-\u007e]$/.test(key);
  return !latin && /^[a-z]$/.test(wanted) && code === `Key${wanted.toUpperCase()}`;
}

/** Under which heading of the list a command stands. */
export const SECTIONS: readonly {
  readonly title: keyof Words["shortcuts"];
  readonly commands: readonly Command[];
}[] = [
  { title: "general", commands: ["palette", "help", "toggleSidebar"] },
  { title: "conversations", commands: ["newChat", "previous", "next"] },
  { title: "writing", commands: ["focusMessage", "stop", "copyLast"] },
];
