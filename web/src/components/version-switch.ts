import { html, nothing } from "lit";
import { words } from "../i18n/words.ts";
import type { PathNode } from "../state/conversation-tree.ts";
import { act } from "./action.ts";
import { icons } from "./icons.ts";

/** ‹ 2 / 3 ›, where a message has versions. */
export function versionSwitch(element: HTMLElement, { message, group, siblings }: PathNode) {
  if (siblings.length < 2) return nothing;
  const at = siblings.indexOf(message.id);
  const go = (to: number) => () => {
    const id = siblings[to];
    if (id) act(element, { type: "choose", group, id });
  };
  return html`<span class="versions">
    <button
      type="button"
      class="quiet"
      aria-label=${words().messages.previousVersion}
      title=${words().messages.previousVersion}
      ?disabled=${at === 0}
      @click=${go(at - 1)}
    >
      ${icons.previous}
    </button>
    <span class="count">${words().messages.version(at + 1, siblings.length)}</span>
    <button
      type="button"
      class="quiet"
      aria-label=${words().messages.nextVersion}
      title=${words().messages.nextVersion}
      ?disabled=${at === siblings.length - 1}
      @click=${go(at + 1)}
    >
      ${icons.next}
    </button>
  </span>`;
}
