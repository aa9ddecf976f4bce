const FOCUSABLE = "a[href], button:enabled, input:enabled, select:enabled, textarea:enabled";

/**
 * Where the focus goes when what had it is gone: by the first of these that can take it. What is
 * lost in the sidebar or the header is usually a switch whose counterpart stands in the other.
 */
const PLACES: Readonly<Record<"dialog" | "side" | "header" | "main", readonly string[]>> = {
  dialog: ["dialog:modal"],
  side: [".side .new-chat", "header button"],
  header: [".side .brand button", "header button"],
  main: [],
};

/**
 * Sees to it that the focus is never lost in `root`: where the focused element is removed or can no
 * longer be used, the focus moves to a place near by, at last to what `fallback` names. What a
 * component does by itself comes first.
 */
export function keepFocus(root: HTMLElement, fallback: () => HTMLElement | null): () => void {
  let last: HTMLElement | undefined;
  let place: keyof typeof PLACES = "main";
  let timer: ReturnType<typeof setTimeout> | undefined;

  const usable = (element: HTMLElement) => element.isConnected && !element.matches(":disabled");
  const isLost = () => {
    const { activeElement } = document;
    const nowhere = activeElement === null || activeElement === document.body;
    return last !== undefined && !usable(last) && (nowhere || activeElement === last);
  };
  const check = () => {
    if (!isLost() || timer !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
      if (isLost()) recover();
    });
  };
  const recover = () => {
    last = undefined;
    for (const selector of PLACES[place]) {
      const found = document.querySelector<HTMLElement>(selector);
      const target = found?.matches("dialog") ? found.querySelector<HTMLElement>(FOCUSABLE) : found;
      target?.focus({ preventScroll: true });
      if (target && document.activeElement === target) return;
    }
    fallback()?.focus({ preventScroll: true });
  };
  const focused = ({ target }: FocusEvent) => {
    if (!(target instanceof HTMLElement)) return;
    last = target;
    place = target.closest("dialog")
      ? "dialog"
      : target.closest(".side")
        ? "side"
        : target.closest("header")
          ? "header"
          : "main";
  };
  // Someone clicked where nothing takes the focus: that is no loss.
  const left = () =>
    setTimeout(() => {
      if (last && usable(last) && document.activeElement === document.body) last = undefined;
    });

  const observer = new MutationObserver(check);
  observer.observe(root, {
    childList: true,
    subtree: true,
    attributes: true,
    attributeFilter: ["disabled"],
  });
  root.addEventListener("focusin", focused);
  root.addEventListener("focusout", left);
  return () => {
    observer.disconnect();
    clearTimeout(timer);
    root.removeEventListener("focusin", focused);
    root.removeEventListener("focusout", left);
  };
}
