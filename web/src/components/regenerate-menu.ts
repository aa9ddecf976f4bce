import { html, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import type { Message } from "../../../src/protocol/message.ts";
import type { Model } from "../../../src/protocol/session.ts";
import { words } from "../i18n/words.ts";
import { act } from "./action.ts";
import { icons } from "./icons.ts";
import { LightElement } from "./light-element.ts";
import { placePopover } from "./place-popover.ts";

/** Asks for another answer, by another model where there are several. */
@customElement("regenerate-menu")
export class RegenerateMenu extends LightElement {
  @property({ attribute: false }) message!: Message;
  @property({ attribute: false }) models: readonly Model[] = [];

  @state() private open = false;
  @query("[popover]") private popup!: HTMLElement | null;
  @query("[aria-haspopup]") private button!: HTMLElement | null;

  override render() {
    const { regenerate, regenerateWith } = words().answer;
    return html`<button
        type="button"
        class="quiet"
        aria-label=${regenerate}
        title=${regenerate}
        @click=${() => this.regenerate(undefined)}
      >
        ${icons.again}
      </button>
      ${
        this.models.length < 2
          ? nothing
          : html`<button
              type="button"
              class="quiet narrow"
              aria-label=${regenerateWith}
              title=${regenerateWith}
              aria-haspopup="menu"
              aria-expanded=${this.open}
              @click=${this.toggle}
            >
              ${icons.open}
            </button>`
      }
      ${this.open ? this.renderMenu() : nothing}`;
  }

  private renderMenu() {
    return html`<div
      popover
      role="menu"
      class="menu"
      aria-label=${words().answer.regenerateWith}
      @keydown=${this.keydown}
      @toggle=${this.toggled}
    >
      ${this.models.map(
        ({ id, name, status }) => html`<button
          type="button"
          role="menuitem"
          tabindex="-1"
          @click=${() => this.regenerate(id)}
        >
          <i class="dot" data-status=${status} aria-hidden="true"></i>${name}
        </button>`,
      )}
    </div>`;
  }

  private regenerate(model: string | undefined) {
    this.popup?.hidePopover();
    const { parentId } = this.message;
    if (parentId) act(this, { type: "regenerate", parentId, ...(model ? { model } : {}) });
  }

  private async toggle() {
    // Not `open`: that it has closed is told a moment later.
    if (this.popup?.matches(":popover-open")) return this.popup.hidePopover();
    this.open = true;
    await this.updateComplete;
    const { popup, button } = this;
    if (!popup || !button) return;
    popup.showPopover();
    placePopover(popup, button);
    this.items()[0]?.focus();
  }

  private toggled(event: ToggleEvent) {
    if (event.newState === "closed") this.open = false;
  }

  private items(): HTMLElement[] {
    return [...this.querySelectorAll<HTMLElement>("[role=menuitem]")];
  }

  private keydown(event: KeyboardEvent) {
    const items = this.items();
    const at = items.findIndex((item) => item.matches(":focus"));
    const to: Record<string, number> = {
      ArrowDown: (at + 1) % items.length,
      ArrowUp: (at - 1 + items.length) % items.length,
      Home: 0,
      End: items.length - 1,
    };
    const next = to[event.key];
    if (event.key === "Tab") this.popup?.hidePopover();
    if (next === undefined) return;
    event.preventDefault();
    items[next]?.focus();
  }
}
