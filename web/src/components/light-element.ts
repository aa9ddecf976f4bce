import { LitElement } from "lit";

/**
 * An element that renders into the page itself: one stylesheet, one tree of roles and names, and
 * text that can be selected and found across elements.
 */
export class LightElement extends LitElement {
  protected override createRenderRoot(): HTMLElement {
    return this;
  }
}
