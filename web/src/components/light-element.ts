import { LitElement } from "lit";
import { language } from "../i18n/language.ts";

/**
 * An element that renders into the page itself: one stylesheet, one tree of roles and names, and
 * text that can be selected and found across elements. Drawn again when the language changes.
 */
export class LightElement extends LitElement {
  private stopLanguage: (() => void) | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.stopLanguage = language.subscribe(() => this.requestUpdate());
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.stopLanguage?.();
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }
}
