import { html, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { live } from "lit/directives/live.js";
import type { ConversationId } from "../../../src/protocol/ids.ts";
import { words } from "../i18n/words.ts";
import type { Chat } from "../state/chat.ts";
import type { ChatSettings } from "../state/chat-settings.ts";
import { icons } from "./icons.ts";
import { LightElement } from "./light-element.ts";
import {
  NUMBER_FIELDS,
  type NumberField,
  parseSetting,
  type SettingKey,
  textOf,
} from "./settings-fields.ts";
import { StoreController } from "./store-controller.ts";

/** While one types nothing is sent. */
const QUIET_MS = 700;

/** The side sheet of what a model is told before a conversation, and how it is to answer. */
@customElement("chat-settings")
export class ChatSettingsSheet extends LightElement {
  @property({ attribute: false }) chat!: Chat;

  /** What is being written: it stands before what other tabs save meanwhile. */
  @state() private edits: ReadonlyMap<SettingKey, string> = new Map();
  /** Why a field is not saved; told once one pauses, not at every key. */
  @state() private wrong: ReadonlyMap<SettingKey, string> = new Map();
  @query("dialog") private dialog!: HTMLDialogElement;
  private conversationId: ConversationId | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private stopRouting: (() => void) | undefined;

  override willUpdate(): void {
    if (!this.hasUpdated) this.conversationId = this.chat.writing.openId();
  }

  override firstUpdated(): void {
    const { chat } = this;
    new StoreController(this, [chat.list.list, chat.settings.saving]);
    this.stopRouting = chat.router.route.subscribe(() => this.routed());
    addEventListener("pagehide", this.commit);
    this.dialog.showModal();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener("pagehide", this.commit);
    this.stopRouting?.();
    this.commit();
  }

  override render() {
    const { settings, common } = words();
    const now = this.current();
    const all = [...NUMBER_FIELDS.map(({ key }) => key), "stop", "systemPrompt"] as const;
    const touched = all.some((key) => this.textIn(now, key) !== "");
    return html`<dialog
      class="sheet"
      aria-labelledby="settings-title"
      @close=${this.remove}
      @click=${this.backdrop}
    >
      <div class="sheet-head">
        <h2 id="settings-title">${settings.title}</h2>
        <button
          type="button"
          class="quiet"
          aria-label=${common.close}
          title=${common.close}
          @click=${() => this.dialog.close()}
        >
          ${icons.close}
        </button>
      </div>
      <form class="sheet-body" @submit=${this.submitted} @focusout=${this.left}>
        <p class="hint">${this.conversationId ? settings.intro : settings.introNew}</p>
        ${this.renderArea(now, "systemPrompt", settings.systemPromptExample)}
        ${NUMBER_FIELDS.map((field) => this.renderNumber(now, field))}
        ${this.renderArea(now, "stop", "\\n\\n")}
      </form>
      <div class="sheet-foot">
        <span role="status">${this.renderSaving()}</span>
        <button type="button" class="pill" ?disabled=${!touched} @click=${this.resetAll}>
          ${settings.resetAll}
        </button>
      </div>
    </dialog>`;
  }

  private renderNumber(now: ChatSettings, field: NumberField) {
    const { key, min, max, step, middle } = field;
    const text = this.textIn(now, key);
    return this.renderField(
      now,
      key,
      html`<div class="number">
        ${
          middle === undefined
            ? nothing
            : html`<input
                type="range"
                tabindex="-1"
                aria-hidden="true"
                class=${text === "" ? "unset" : ""}
                min=${min}
                max=${max}
                step=${step}
                .value=${live(text === "" ? String(middle) : text)}
                @input=${(event: Event) => this.edited(key, event)}
              />`
        }
        <input
          type="number"
          inputmode=${step === 1 ? "numeric" : "decimal"}
          id=${`setting-${key}`}
          aria-describedby=${`hint-${key}`}
          aria-invalid=${this.wrong.has(key) ? "true" : nothing}
          min=${min}
          max=${max}
          step=${step === 1 ? 1 : "any"}
          placeholder=${words().settings.default}
          .value=${live(text)}
          @input=${(event: Event) => this.edited(key, event)}
        />
      </div>`,
    );
  }

  private renderArea(now: ChatSettings, key: "systemPrompt" | "stop", example: string) {
    return this.renderField(
      now,
      key,
      html`<textarea
        id=${`setting-${key}`}
        aria-describedby=${`hint-${key}`}
        aria-invalid=${this.wrong.has(key) ? "true" : nothing}
        rows=${key === "stop" ? 2 : 5}
        dir="auto"
        placeholder=${example}
        .value=${live(this.textIn(now, key))}
        @input=${(event: Event) => this.edited(key, event)}
      ></textarea>`,
    );
  }

  private renderField(now: ChatSettings, key: SettingKey, control: unknown) {
    const { settings } = words();
    const name = settings[key];
    const wrong = this.wrong.get(key);
    return html`<div class="field">
      <label for=${`setting-${key}`}>${name}</label>
      ${
        this.textIn(now, key) === ""
          ? nothing
          : html`<button
              type="button"
              class="quiet"
              aria-label=${settings.reset(name)}
              title=${settings.reset(name)}
              @click=${() => this.reset([key])}
            >
              ${icons.undo}
            </button>`
      }
      ${control}
      <p id=${`hint-${key}`} class=${wrong ? "wrong" : ""}>${wrong ?? settings[`${key}Hint`]}</p>
    </div>`;
  }

  private renderSaving() {
    const { settings, common } = words();
    const saving = this.chat.settings.saving.get();
    if (saving.phase === "failed") {
      return html`${settings.notSaved(saving.why)}
        <button type="button" class="pill" @click=${() => this.chat.settings.retry()}>
          ${common.tryAgain}
        </button>`;
    }
    if (saving.phase === "saved") return this.conversationId ? settings.saved : settings.kept;
    return saving.phase === "saving" ? settings.saving : nothing;
  }

  private current(): ChatSettings {
    return this.chat.settings.of(this.chat.openConversation());
  }

  private textIn(now: ChatSettings, key: SettingKey): string {
    return this.edits.get(key) ?? textOf(now, key);
  }

  private edited(key: SettingKey, { target }: Event) {
    if (!(target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement)) return;
    this.edits = new Map(this.edits).set(key, target.value);
    this.wrong = new Map([...this.wrong].filter(([one]) => one !== key));
    clearTimeout(this.timer);
    this.timer = setTimeout(this.commit, QUIET_MS);
  }

  private readonly commit = () => {
    clearTimeout(this.timer);
    const before = this.current();
    let next = before;
    const wrong = new Map<SettingKey, string>();
    for (const [key, text] of this.edits) {
      // What is no number at all has an empty value, and must not pass for the default.
      const parsed = parseSetting(next, key, this.isNumber(key) ? text : "?");
      if ("wrong" in parsed) wrong.set(key, parsed.wrong);
      else next = parsed.settings;
    }
    this.wrong = wrong;
    if (JSON.stringify(next) !== JSON.stringify(before)) {
      this.chat.settings.change(this.conversationId, next);
      this.requestUpdate();
    }
  };

  private isNumber(key: SettingKey): boolean {
    const field = this.querySelector(`#setting-${key}`);
    return !(field instanceof HTMLInputElement && field.validity.badInput);
  }

  /** What is written in a field stands as it was written until one leaves it. */
  private left() {
    this.commit();
    this.edits = new Map([...this.edits].filter(([key]) => this.wrong.has(key)));
  }

  private reset(keys: readonly SettingKey[]) {
    for (const key of keys) {
      const field = this.querySelector(`#setting-${key}`);
      // A number that is none has an empty value already: only this clears what is shown.
      if (field instanceof HTMLInputElement) field.value = "";
    }
    this.edits = new Map([...this.edits, ...keys.map((key) => [key, ""] as const)]);
    this.left();
    const [only] = keys;
    if (keys.length === 1) this.querySelector<HTMLElement>(`#setting-${only}`)?.focus();
  }

  private resetAll() {
    this.reset([...NUMBER_FIELDS.map(({ key }) => key), "stop", "systemPrompt"]);
    this.querySelector<HTMLElement>("#setting-systemPrompt")?.focus();
  }

  private submitted(event: Event) {
    event.preventDefault();
    this.commit();
  }

  private routed() {
    if (this.chat.writing.openId() !== this.conversationId) this.dialog.close();
  }

  private backdrop(event: Event) {
    if (event.target === this.dialog) this.dialog.close();
  }
}

/** Opens the sheet for the open conversation, or for the new chat. */
export function openChatSettings(chat: Chat): void {
  if (document.querySelector("chat-settings")) return;
  const sheet = new ChatSettingsSheet();
  sheet.chat = chat;
  document.body.append(sheet);
}
