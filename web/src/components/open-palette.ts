import { words } from "../i18n/words.ts";
import type { Command } from "../keyboard/shortcuts.ts";
import type { Chat } from "../state/chat.ts";

/** Loads what the palette is made of. */
export const loadPalette = () =>
  Promise.all([import("./command-palette.ts"), import("./palette-content.ts")]);

/**
 * Opens the palette, or closes it where it is open; over another dialog there is none. Until its code
 * is here a box stands in for it: what one types right after the key is meant for it.
 */
export async function openPalette(chat: Chat, run: (command: Command) => void): Promise<void> {
  const open = document.querySelector("dialog.palette");
  if (open instanceof HTMLDialogElement) return open.close();
  if (document.querySelector("dialog[open]:not(.drawer)")) return;
  const waiting = openBox();
  try {
    const [{ CommandPalette }, { foundItems, paletteItems }] = await loadPalette();
    if (!waiting.dialog.open) return;
    const palette = new CommandPalette();
    palette.items = paletteItems(chat, run);
    palette.search = async (query, signal) => foundItems(chat, await chat.find(query, signal));
    palette.typed = waiting.input.value;
    // It gives the focus back before the palette takes it, so that it returns there in the end.
    waiting.dialog.close();
    document.body.append(palette);
  } finally {
    waiting.dialog.close();
  }
}

function openBox() {
  const dialog = document.createElement("dialog");
  dialog.className = "window palette";
  dialog.ariaLabel = words().palette.title;
  const input = document.createElement("input");
  input.type = "text";
  input.dir = "auto";
  input.maxLength = 200;
  input.autocomplete = "off";
  input.ariaLabel = words().palette.placeholder;
  input.placeholder = words().palette.placeholder;
  dialog.append(input);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return { dialog, input };
}
