import { html } from "lit";
import { customElement, query } from "lit/decorators.js";
import { words } from "../i18n/words.ts";
import { type Command, SECTIONS, SHORTCUTS } from "../keyboard/shortcuts.ts";
import { switches } from "../state/preferences.ts";
import { LightElement } from "./light-element.ts";
import { windowHead } from "./window-head.ts";

/** The list of shortcuts; it is open while it is in the page. */
@customElement("shortcuts-dialog")
export class ShortcutsDialog extends LightElement {
  @query("dialog") private dialog!: HTMLDialogElement;

  override firstUpdated(): void {
    this.dialog.showModal();
  }

  override render() {
    const { shortcuts } = words();
    return html`<dialog
      class="window"
      aria-labelledby="shortcuts-title"
      @close=${() => this.remove()}
      @click=${this.backdrop}
    >
      ${windowHead("shortcuts-title", shortcuts.title, () => this.dialog.close())}
      <div class="shortcuts">
        ${SECTIONS.map(
          ({ title, commands }) => html`<section>
            <h3>${shortcuts[title]}</h3>
            <dl>
              ${commands.map((command) => row(shortcuts[command], keysOf(command)))}
              ${title === "writing" ? this.renderWriting() : ""}
            </dl>
          </section>`,
        )}
      </div>
      <label class="switch">
        <input
          type="checkbox"
          role="switch"
          .checked=${!switches.read("single-keys-off")}
          @change=${this.switched}
        />
        <span>${shortcuts.singleKeys}<small>${shortcuts.singleKeysHint}</small></span>
      </label>
    </dialog>`;
  }

  private renderWriting() {
    const { enter, editLast, newLine, send, shift } = words().shortcuts;
    return [row(send, [enter]), row(newLine, [shift, enter]), row(editLast, ["↑"])];
  }

  private switched(event: Event) {
    if (event.target instanceof HTMLInputElement) {
      switches.write("single-keys-off", !event.target.checked);
    }
  }

  private backdrop(event: Event) {
    if (event.target === this.dialog) this.dialog.close();
  }
}

function row(name: string, keys: readonly string[]) {
  return html`<div>
    <dt>${name}</dt>
    <dd dir="ltr">${keys.map((key) => html`<kbd>${key}</kbd>`)}</dd>
  </div>`;
}

/** The keys of a command, as they are printed on a keyboard. */
export function keysOf(command: Command): string[] {
  const names = words().shortcuts;
  const shortcut = SHORTCUTS.find((item) => item.command === command);
  if (!shortcut) return [];
  const key = shortcut.key === "Escape" ? names.escape : shortcut.key.toUpperCase();
  const mac = /Mac|iPhone|iPad/.test(navigator.userAgent);
  return shortcut.modified ? [mac ? "⌘" : names.control, key] : [key];
}
