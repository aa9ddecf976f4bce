import { html, nothing } from "lit";
import type { Session } from "../../../src/protocol/session.ts";
import { words } from "../i18n/words.ts";

/** Says so where the model that would answer cannot. */
export function renderModelNotice(session: Session | undefined, model: string | undefined) {
  if (!session) return nothing;
  const chosen = session.models.find(({ id }) => id === model);
  if (!chosen) return html`<p class="model-notice">${words().model.none}</p>`;
  if (chosen.status === "unavailable") {
    return html`<p class="model-notice">${words().model.isUnavailable(chosen.name)}</p>`;
  }
  if (chosen.status === "starting") {
    return html`<p class="model-notice">${words().model.isStarting(chosen.name)}</p>`;
  }
  return nothing;
}
