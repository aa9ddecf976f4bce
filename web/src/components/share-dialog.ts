import { html, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { formatMoment } from "../i18n/format.ts";
import { words } from "../i18n/words.ts";
import type { ShareStore } from "../state/share-store.ts";
import { copyText } from "./copy-text.ts";
import { icons } from "./icons.ts";
import { LightElement } from "./light-element.ts";
import { StoreController } from "./store-controller.ts";
import { windowHead } from "./window-head.ts";

/** The link of one conversation: made, copied, taken back. It is open while it is in the page. */
@customElement("share-dialog")
export class ShareDialog extends LightElement {
  @property({ attribute: false }) sharing!: ShareStore;
  @property() heading = "";

  @state() private copied = false;
  @query("dialog") private dialog!: HTMLDialogElement;
  private timer: ReturnType<typeof setTimeout> | undefined;

  override firstUpdated(): void {
    new StoreController(this, [this.sharing.state]);
    this.dialog.showModal();
    void this.sharing.load();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.timer);
  }

  override updated(): void {
    // A button that did its work is gone: what it brought about takes the focus.
    if (!this.dialog.open || this.dialog.contains(document.activeElement)) return;
    this.querySelector<HTMLElement>(".share-body button:enabled, .window-head button")?.focus();
  }

  override render() {
    const { failure } = this.sharing.state.get();
    return html`<dialog
      class="window share"
      aria-labelledby="share-title"
      @close=${() => this.remove()}
      @click=${this.backdrop}
    >
      ${windowHead("share-title", words().share.title, () => this.dialog.close())}
      <p class="subject" dir="auto">${this.heading}</p>
      <div class="share-body">${this.renderBody()}</div>
      <p class="window-failure" role="alert">${failure ?? nothing}</p>
      <p class="visually-hidden" role="status">${this.copied ? words().common.copied : nothing}</p>
    </dialog>`;
  }

  private renderBody() {
    const { phase, share } = this.sharing.state.get();
    switch (phase) {
      case "loading":
        return html`<div class="skeleton" aria-hidden="true"><i></i><i></i><i></i></div>`;
      case "unknown":
        return this.button(words().common.tryAgain, () => this.sharing.load());
      case "none":
        return html`<p>${words().share.what}</p>
          ${this.button(words().share.create, () => this.sharing.create())}`;
      case "revoked":
        return html`<p role="status">${words().share.revoked}</p>
          ${this.button(words().share.createAgain, () => this.sharing.create())}`;
      case "shared":
        return share ? this.renderLink(share.url, share.createdAt) : nothing;
      default:
        phase satisfies never;
        return nothing;
    }
  }

  private renderLink(path: string, createdAt: string) {
    const { share, common } = words();
    const url = new URL(path, location.origin).href;
    return html`<p>${share.stands}</p>
      <div class="share-link">
        <input aria-label=${share.link} dir="ltr" readonly .value=${url} @focus=${this.selectAll} />
        <button type="button" class="pill strong" @click=${() => this.copy(url)}>
          ${this.copied ? common.copied : share.copyLink}
        </button>
      </div>
      <p class="fine-print">
        ${share.made(formatMoment(new Date(createdAt)))}
        <a href=${url} target="_blank" rel="noopener">${share.openLink}</a>
      </p>
      <div class="share-end">
        <button
          type="button"
          class="pill bad"
          ?disabled=${this.sharing.state.get().busy}
          @click=${() => void this.sharing.revoke()}
        >
          ${share.revoke}
        </button>
        <p class="fine-print">${share.revokeHint}</p>
      </div>`;
  }

  private button(label: string, task: () => Promise<void>) {
    const { busy } = this.sharing.state.get();
    return html`<button
      type="button"
      class="pill strong"
      aria-busy=${busy}
      ?disabled=${busy}
      @click=${() => void task()}
    >
      ${icons.link}${label}
    </button>`;
  }

  private async copy(url: string) {
    this.copied = await copyText(url);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.copied = false;
    }, 2_000);
  }

  private selectAll(event: Event) {
    if (event.target instanceof HTMLInputElement) event.target.select();
  }

  private backdrop(event: Event) {
    if (event.target === this.dialog) this.dialog.close();
  }
}
