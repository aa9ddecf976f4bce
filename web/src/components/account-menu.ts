import { html, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import type { User } from "../../../src/protocol/session.ts";
import { chooseLanguage, LANGUAGES, language, languageOf } from "../i18n/language.ts";
import { words } from "../i18n/words.ts";
import { readTheme, setTheme, THEMES, type Theme } from "../state/preferences.ts";
import { act } from "./action.ts";
import { icons } from "./icons.ts";
import { LightElement } from "./light-element.ts";
import { placePopover } from "./place-popover.ts";

/** Who is signed in, and how the page looks to them. */
@customElement("account-menu")
export class AccountMenu extends LightElement {
  @property({ attribute: false }) user: User | undefined;
  /** Whether a proxy has signed them in that can sign them out. */
  @property({ type: Boolean }) canSignOut = false;
  /** Lets the reader choose files with conversations. */
  @property({ attribute: false }) chooseFiles: () => void = () => undefined;

  @state() private theme = readTheme();
  @query("[popover]") private popup!: HTMLElement;
  @query(".account") private button!: HTMLElement;

  override render() {
    const { user } = this;
    const name = user?.name ?? user?.email ?? user?.id ?? "";
    return html`<button
        type="button"
        class="account"
        aria-label=${name ? words().account.accountOf(name) : words().account.account}
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
        aria-label=${words().account.account}
        class="menu account-popup"
        @toggle=${this.toggled}
      >
        ${name ? html`<p><strong>${name}</strong>${this.renderEmail(name)}</p>` : nothing}
        <fieldset class="segments">
          <legend>${words().account.theme}</legend>
          <div>${THEMES.map(
            (theme) => html`<label>
              <input
                type="radio"
                name="theme"
                value=${theme}
                .checked=${theme === this.theme}
                @change=${() => this.choose(theme)}
              /><span>${words().account[theme]}</span>
            </label>`,
          )}</div>
        </fieldset>
        <label class="field">
          <span>${words().account.language}</span>
          <select @change=${this.chooseLanguage}>
            ${Object.entries(LANGUAGES).map(
              ([code, name]) => html`<option
                value=${code}
                lang=${code}
                .selected=${code === language.get()}
              >
                ${name}
              </option>`,
            )}
          </select>
        </label>
        <button type="button" class="item" @click=${this.import}>
          ${icons.bringIn}<span>${words().transfer.import}</span>
        </button>
        <button type="button" class="item" @click=${this.showShortcuts}>
          ${icons.keyboard}<span>${words().account.shortcuts}</span><kbd aria-hidden="true">?</kbd>
        </button>
        ${
          this.canSignOut
            ? html`<button type="button" class="item" @click=${this.signOut}>
                ${icons.leave}<span>${words().account.signOut}</span>
              </button>`
            : nothing
        }
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

  private chooseLanguage(event: Event) {
    if (!(event.target instanceof HTMLSelectElement)) return;
    const code = languageOf(event.target.value);
    if (code) void chooseLanguage(code);
  }

  private import() {
    this.popup.hidePopover();
    this.button.focus();
    this.chooseFiles();
  }

  private showShortcuts() {
    this.popup.hidePopover();
    this.button.focus();
    act(this, { type: "show-shortcuts" });
  }

  private signOut() {
    this.popup.hidePopover();
    act(this, { type: "sign-out" });
  }

  private toggled(event: ToggleEvent) {
    if (event.newState === "open") placePopover(this.popup, this.button);
  }
}
