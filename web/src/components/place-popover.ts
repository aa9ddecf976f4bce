const GAP = 4;
const MARGIN = 8;

/** Puts an open popover below its button, or above where there is no room; never off the screen. */
export function placePopover(popover: HTMLElement, button: HTMLElement): void {
  const at = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = popover;
  const below = at.bottom + GAP + height <= innerHeight - MARGIN;
  const top = below ? at.bottom + GAP : Math.max(MARGIN, at.top - GAP - height);
  const end = getComputedStyle(popover).direction === "rtl" ? at.left : at.right - width;
  const left = Math.min(Math.max(MARGIN, end), innerWidth - width - MARGIN);
  popover.style.top = `${top}px`;
  popover.style.left = `${left}px`;
}
