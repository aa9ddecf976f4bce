import { switches } from "../state/preferences.ts";
import type { KeyPress } from "./shortcuts.ts";

const WRITING =
  "input:not([type=radio], [type=checkbox], [type=button]), textarea, select, [contenteditable], [role=menu], [role=listbox]";

/** A key event as `commandOf` wants it; nothing where someone has used it already, or composes a word. */
export function readPress(event: KeyboardEvent): KeyPress | undefined {
  if (event.defaultPrevented || event.isComposing || event.keyCode === 229) return undefined;
  const { key, code, ctrlKey, metaKey, altKey } = event;
  return {
    key,
    code,
    ctrlKey,
    metaKey,
    altKey,
    writing: event.target instanceof Element && event.target.closest(WRITING) !== null,
    covered: document.querySelector("dialog[open], :popover-open") !== null,
    singleKeysOff: switches.read("single-keys-off"),
  };
}
