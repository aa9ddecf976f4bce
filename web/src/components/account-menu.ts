import { html, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import type { User } from "../../../src/protocol/session.ts";
import { readTheme, setTheme, THEMES, type Theme } from "../state/preferences.ts";
import { icons } from "./icons.ts";
import { LightElement } from "./light-element.ts";
import { placePopover } from "./place-popover.ts";

const NAMES: Record<Theme, string> = { system: "System", light: "Light", dark: "Dark" };

/** Who is signed in, and how the page looks to them. */
@customElement("account-menu")
export class AccountMenu extends LightElement {
  @property({ attribute: false }) user: User | undefined;

  @state() private theme = readTheme();
  @query("[popover]") private popup!: HTMLElement;
  @query(".account") private button!: HTMLElement;

  override render() {
    const { user } = this;
    const name = user?.name ?? user?.email ?? user?.id ?? "";
    return html`<button
        type="button"
        class="account"
        aria-label=${`Account${name ? `: ${name}` : ""}`}
        aria-haspopup="dialog"
        popovertarget="account-popup"
      >
        <b aria-hidden="true" data-initial=${[...name][0]?.toUpperCase() ?? ""}></b>
        <span>${name}</span>
        ${icons.gear}
      </button>
      <div
        popover
        id="account-popup"
        role="dialog"
        aria-label="Account"
        class="menu account-popup"
        @toggle=${this.toggled}
      >
        ${name ? html`<p><strong>${name}</strong>${this.renderEmail(name)}</p>` : nothing}
        <fieldset class="segments">
          <legend>Theme</legend>
          <div>${THEMES.map(
            (theme) => html`<label>
              <input
                type="radio"
                name="theme"
                value=${theme}
                .checked=${theme === this.theme}
                @change=${() => this.choose(theme)}
              /><span>${NAMES[theme]}</span>
            </label>`,
          )}</div>
        </fieldset>
      </div>`;
  }

  private renderEmail(name: string) {
    const email = this.user?.email;
    return email && email !== name ? html`<small>${email}</small>` : nothing;
  }

  private choose(theme: Theme) {
    this.theme = theme;
    setTheme(theme);
  }

  private toggled(event: ToggleEvent) {
    if (event.newState === "open") placePopover(this.popup, this.button);
  }
}
