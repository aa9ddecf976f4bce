/** Goes from a reference to its footnote, or (from the footnote) back to the first reference. */
export function goToFootnote(event: Event, label: string, kind: "note" | "reference"): void {
  const from = event.currentTarget;
  if (!(from instanceof HTMLElement)) return;
  const all = from.closest("markdown-view")?.querySelectorAll<HTMLElement>(`[data-${kind}]`) ?? [];
  const to = [...all].find((element) => element.dataset[kind] === label);
  if (!to) return;
  to.scrollIntoView({ block: "nearest" });
  to.focus();
}
