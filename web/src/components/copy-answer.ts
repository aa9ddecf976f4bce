import { engineIfLoaded } from "../markdown/load-engine.ts";
import { copyText } from "./copy-text.ts";

/** Copies an answer: as Markdown for plain text, as formatted text for what takes that. */
export async function copyAnswer(markdown: string): Promise<boolean> {
  const html = engineIfLoaded()?.markdownToHtml(markdown);
  if (html === undefined || typeof ClipboardItem === "undefined") return copyText(markdown);
  try {
    const item = new ClipboardItem({
      "text/plain": new Blob([markdown], { type: "text/plain" }),
      "text/html": new Blob([html], { type: "text/html" }),
    });
    await navigator.clipboard.write([item]);
    return true;
  } catch {
    return copyText(markdown);
  }
}
