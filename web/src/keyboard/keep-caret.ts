const WRITTEN_IN = "textarea, input";

/**
 * Sees to it that one can type on once a dialog has closed. Chromium gives the focus back to the box
 * at once, but its caret only with the next frame, and not at all where the dialog is out of the page
 * by then: the box had the focus, and what one typed was lost.
 */
export function keepCaret(document: Document): () => void {
  let left: Element | undefined;

  const onLeave = ({ target }: FocusEvent) => {
    left = target instanceof Element ? target : undefined;
  };
  const onEnter = ({ target }: FocusEvent) => {
    const isBack = left?.closest("dialog:not([open])");
    left = undefined;
    if (!isBack || !(target instanceof HTMLElement) || !target.matches(WRITTEN_IN)) return;
    // A focus that is asked for comes with the caret.
    target.blur();
    target.focus({ preventScroll: true });
  };

  document.addEventListener("focusout", onLeave);
  document.addEventListener("focusin", onEnter);
  return () => {
    document.removeEventListener("focusout", onLeave);
    document.removeEventListener("focusin", onEnter);
  };
}
