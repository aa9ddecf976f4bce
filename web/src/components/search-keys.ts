/** The keys of a search: arrows walk between the box and what was found, Enter opens, Escape ends it. */
export function searchKeys(
  event: KeyboardEvent,
  box: HTMLInputElement,
  links: readonly HTMLElement[],
  clear: () => void,
): void {
  if (event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
  const { activeElement } = document;
  const at = links.findIndex((link) => link.matches(":focus"));
  const inBox = activeElement === box;
  const { key } = event;
  if (key === "Escape") {
    // An empty box has nothing to end: the key is for whatever else listens.
    if (box.value === "") return;
    clear();
  } else if (key === "ArrowDown") links[Math.min(at + 1, links.length - 1)]?.focus();
  else if (key === "ArrowUp" && !inBox) (links[at - 1] ?? box).focus();
  else if (key === "Enter" && inBox) links[0]?.click();
  else if (key === "Home" && !inBox) links[0]?.focus();
  else if (key === "End" && !inBox) links.at(-1)?.focus();
  else {
    // Whoever goes on typing means the box.
    if (!inBox && (key.length === 1 || key === "Backspace") && key !== " ") box.focus();
    return;
  }
  event.preventDefault();
  event.stopPropagation();
}
