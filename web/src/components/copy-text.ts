/** Copies a text; whether that worked. Without TLS there is no Clipboard API; the old way still works. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const before = document.activeElement;
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "visually-hidden";
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    // Selecting took the focus.
    if (before instanceof HTMLElement) before.focus({ preventScroll: true });
    return done;
  }
}
