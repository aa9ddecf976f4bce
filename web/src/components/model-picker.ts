import { html, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { Model } from "../../../src/protocol/session.ts";
import { words } from "../i18n/words.ts";
import { act } from "./action.ts";
import { icons } from "./icons.ts";
import { LightElement } from "./light-element.ts";

/** A model's name in the list. */
function optionOf({ name, status }: Model): string {
  return status === "ready" ? name : words().model[status](name);
}

/** How a model is, in a sentence. */
function statusOf({ name, status }: Model): string {
  const { isReady, isStarting, isUnavailable } = words().model;
  return { ready: isReady, starting: isStarting, unavailable: isUnavailable }[status](name);
}

/** Which model answers next, and how it is. */
@customElement("model-picker")
export class ModelPicker extends LightElement {
  @property({ attribute: false }) models: readonly Model[] = [];
  @property({ attribute: false }) model: string | undefined;

  override render() {
    const chosen = this.models.find(({ id }) => id === this.model);
    if (!chosen) return nothing;
    return html`<label class="model" title=${statusOf(chosen)}>
      <i class="dot" data-status=${chosen.status} aria-hidden="true"></i>
      <select aria-label=${words().model.model} .value=${chosen.id} @change=${this.changed}>
        ${this.models.map(
          (model) =>
            html`<option value=${model.id} data-status=${model.status} ?selected=${model.id === chosen.id}>${optionOf(model)}</option>`,
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
