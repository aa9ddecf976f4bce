import { html, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { ConnectionStatus } from "../socket/connection.ts";
import { act } from "./action.ts";
import { LightElement } from "./light-element.ts";

const WORDS: Record<ConnectionStatus, string> = {
  connecting: "",
  live: "Live",
  reconnecting: "Reconnecting",
  offline: "Offline",
  "signed-out": "Signed out",
};

/** Says how the page is connected, and how to come back where only the reader can. */
@customElement("connection-status")
export class ConnectionStatusElement extends LightElement {
  @property({ attribute: false }) status: ConnectionStatus = "connecting";

  override render() {
    const { status } = this;
    return html`<span class="connection" data-status=${status}>
        <i class="dot" aria-hidden="true"></i>
        <span role="status" aria-label="Connection">${WORDS[status]}</span>
      </span>
      ${
        status === "signed-out"
          ? html`<button
            type="button"
            class="pill strong"
            @click=${() => act(this, { type: "sign-in" })}
          >
            Sign in
          </button>`
          : nothing
      }`;
  }
}
