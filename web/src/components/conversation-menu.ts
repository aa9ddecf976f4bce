import { html } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import type { Conversation } from "../../../src/protocol/conversation.ts";
import { words } from "../i18n/words.ts";
import { act } from "./action.ts";
import { icons } from "./icons.ts";
import { LightElement } from "./light-element.ts";
import { placePopover } from "./place-popover.ts";

const SAME_PRESS_MS = 150;

/** The one menu of the sidebar, opened for whichever conversation asks. */
@customElement("conversation-menu")
export class ConversationMenu extends LightElement {
  @property({ attribute: false }) conversation: Conversation | undefined;
  /** Starts renaming in place. */
  @property({ attribute: false }) rename: (conversation: Conversation) => void = () => undefined;

  @query("[popover]") private popup!: HTMLElement;
  private button: HTMLElement | undefined;
  private closedAt = -SAME_PRESS_MS;

  /** Opens the menu at `button`, or closes it where it is open there already. */
  async toggleAt(button: HTMLElement, conversation: Conversation): Promise<void> {
    // The press on the button that closed the menu is not to open it again.
    const again = this.button === button && performance.now() - this.closedAt < SAME_PRESS_MS;
    if (again || this.popup.matches(":popover-open")) return this.popup.hidePopover();
    this.conversation = conversation;
    this.button = button;
    await this.updateComplete;
    this.popup.showPopover();
    placePopover(this.popup, button);
    button.setAttribute("aria-expanded", "true");
    this.items()[0]?.focus();
  }

  override render() {
    const pinned = this.conversation?.pinned ?? false;
    return html`<div
      popover
      role="menu"
      class="menu"
      aria-label=${words().conversationMenu.options}
      @keydown=${this.keydown}
      @toggle=${this.toggled}
    >
      <button type="button" role="menuitem" tabindex="-1" @click=${this.startRename}>
        ${icons.pencil}${words().conversationMenu.rename}
      </button>
      <button type="button" role="menuitem" tabindex="-1" @click=${this.pin}>
        ${icons.pin}${pinned ? words().conversationMenu.unpin : words().conversationMenu.pin}
      </button>
      <button type="button" role="menuitem" tabindex="-1" @click=${this.share}>
        ${icons.share}${words().conversationMenu.share}
      </button>
      <button type="button" role="menuitem" tabindex="-1" @click=${this.export}>
        ${icons.save}${words().conversationMenu.export}
      </button>
      <button type="button" role="menuitem" tabindex="-1" class="bad" @click=${this.delete}>
        ${icons.bin}${words().conversationMenu.delete}
      </button>
    </div>`;
  }

  private items(): HTMLElement[] {
    return [...this.querySelectorAll<HTMLElement>("[role=menuitem]")];
  }

  private keydown(event: KeyboardEvent) {
    const items = this.items();
    const { activeElement } = document;
    const at = activeElement instanceof HTMLElement ? items.indexOf(activeElement) : -1;
    const to: Record<string, number> = {
      ArrowDown: (at + 1) % items.length,
      ArrowUp: (at - 1 + items.length) % items.length,
      Home: 0,
      End: items.length - 1,
    };
    const next = to[event.key];
    if (event.key === "Tab") this.popup.hidePopover();
    if (next === undefined) return;
    event.preventDefault();
    items[next]?.focus();
  }

  private toggled(event: ToggleEvent) {
    if (event.newState !== "closed") return;
    this.button?.setAttribute("aria-expanded", "false");
    this.closedAt = performance.now();
  }

  private close() {
    this.popup.hidePopover();
    this.button?.focus();
  }

  private startRename() {
    this.popup.hidePopover();
    if (this.conversation) this.rename(this.conversation);
  }

  private pin() {
    this.close();
    const { conversation } = this;
    if (conversation) act(this, { type: "pin", id: conversation.id, pinned: !conversation.pinned });
  }

  private share() {
    this.close();
    if (this.conversation) act(this, { type: "share", id: this.conversation.id });
  }

  private export() {
    this.close();
    if (this.conversation) act(this, { type: "export", id: this.conversation.id });
  }

  private delete() {
    this.close();
    if (this.conversation) act(this, { type: "delete", id: this.conversation.id });
  }
}
