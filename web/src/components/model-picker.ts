import { html, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { Model } from "../../../src/protocol/session.ts";
import { act } from "./action.ts";
import { icons } from "./icons.ts";
import { LightElement } from "./light-element.ts";

const SUFFIX: Record<Model["status"], string> = {
  ready: "",
  starting: " (starting)",
  unavailable: " (unavailable)",
};

/** Which model answers next, and how it is. */
@customElement("model-picker")
export class ModelPicker extends LightElement {
  @property({ attribute: false }) models: readonly Model[] = [];
  @property({ attribute: false }) model: string | undefined;

  override render() {
    const chosen = this.models.find(({ id }) => id === this.model);
    if (!chosen) return nothing;
    return html`<label class="model" title=${`${chosen.name}: ${chosen.status}`}>
      <i class="dot" data-status=${chosen.status} aria-hidden="true"></i>
      <select aria-label="Model" .value=${chosen.id} @change=${this.changed}>
        ${this.models.map(
          ({ id, name, status }) =>
            html`<option value=${id} ?selected=${id === chosen.id}>${name}${SUFFIX[status]}</option>`,
        )}
      </select>
      ${icons.open}
    </label>`;
  }

  private changed(event: Event) {
    if (event.target instanceof HTMLSelectElement) {
      act(this, { type: "pick-model", id: event.target.value });
    }
  }
}
