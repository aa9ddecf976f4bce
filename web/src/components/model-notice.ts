import { html, nothing } from "lit";
import type { Session } from "../../../src/protocol/session.ts";

/** Says so where the model that would answer cannot. */
export function renderModelNotice(session: Session | undefined, model: string | undefined) {
  if (!session) return nothing;
  const chosen = session.models.find(({ id }) => id === model);
  if (!chosen) return html`<p class="model-notice">No model is available right now.</p>`;
  if (chosen.status === "unavailable") {
    return html`<p class="model-notice">${chosen.name} cannot be reached right now.</p>`;
  }
  if (chosen.status === "starting") {
    return html`<p class="model-notice">${chosen.name} is starting. The first answer may take a while.</p>`;
  }
  return nothing;
}
