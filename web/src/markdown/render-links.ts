import { html, nothing } from "lit";
import { words } from "../i18n/words.ts";
import { goToFootnote } from "./go-to-footnote.ts";
import { PENDING_URL } from "./pending.ts";
import { hostOf, safeUrl, saysHost } from "./safe-url.ts";

/** A link that opens apart from this page; its host stands beside it where its text does not say it. */
export function renderLink(url: string, text: string, content: unknown): unknown {
  if (url === PENDING_URL) return html`<a>${content}</a>`;
  const href = safeUrl(url);
  if (href === undefined) return html`<span>${content}</span>`;
  const host = hostOf(href);
  const beside = saysHost(text, href) ? nothing : html` <small class="host">${host}</small>`;
  return html`<a href=${href} title=${host} target="_blank" rel="noopener noreferrer"
    >${content}${beside}</a
  >`;
}

/** No request leaves the origin unasked: the reader sees where an image would come from. */
export function renderImage(url: string, alt: string): unknown {
  const href = safeUrl(url);
  if (href === undefined || href.startsWith("mailto:")) return alt;
  return html`<remote-image .url=${href} .alt=${alt}></remote-image>`;
}

/** The mark of a footnote in the text, which leads to it. */
export function renderReference(label: string): unknown {
  return html`<sup class="footnote"
    ><button
      type="button"
      data-reference=${label}
      aria-label=${words().markdown.footnote(label)}
      @click=${(event: Event) => goToFootnote(event, label, "note")}
      >${label}</button
    ></sup
  >`;
}

/** A footnote, with the way back to where it is meant. */
export function renderFootnote(label: string, content: unknown): unknown {
  return html`<div class="footnote-text" role="note" tabindex="-1" data-note=${label}>
    <sup
      ><button
        type="button"
        aria-label=${words().markdown.backToText(label)}
        @click=${(event: Event) => goToFootnote(event, label, "reference")}
        >${label}</button
      ></sup
    >
    <div>${content}</div>
  </div>`;
}
