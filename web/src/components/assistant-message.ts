import { html, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { Model } from "../../../src/protocol/session.ts";
import { words } from "../i18n/words.ts";
import type { LiveGeneration } from "../state/conversation-state.ts";
import type { PathNode } from "../state/conversation-tree.ts";
import "../markdown/markdown-view.ts";
import { act } from "./action.ts";
import { renderDetails } from "./answer-details.ts";
import "./answer-feedback.ts";
import { copyAnswer } from "./copy-answer.ts";
import "./copy-button.ts";
import { failureWords } from "./failure-words.ts";
import { icons } from "./icons.ts";
import { LightElement } from "./light-element.ts";
import "./queue-place.ts";
import "./regenerate-menu.ts";
import { versionSwitch } from "./version-switch.ts";

/** An answer: waiting, growing, whole, stopped or failed. */
@customElement("assistant-message")
export class AssistantMessage extends LightElement {
  @property({ attribute: false }) node!: PathNode;
  /** Set while it grows; its text is here then, not in the message. */
  @property({ attribute: false }) live: LiveGeneration | undefined;
  /** It begins when the answer above it ends. */
  @property({ type: Boolean }) waiting = false;
  /** It has been asked to stop. */
  @property({ type: Boolean }) stopping = false;

  /** What can answer. */
  @property({ attribute: false }) models: readonly Model[] = [];

  @state() private details = false;

  override render() {
    const { live } = this;
    const { message } = this.node;
    const text = live ? live.text.text : message.content;
    const reasoning = live ? live.text.reasoning : (message.reasoning ?? "");
    return html`<article
      class="message answer"
      aria-label=${words().answer.assistant}
      aria-busy=${live ? "true" : "false"}
    >
      ${(live ?? message.metadata).continued ? html`<p class="note">${words().answer.continued}</p>` : nothing}
      ${reasoning === "" ? nothing : this.renderReasoning(reasoning, live !== undefined && text === "")}
      ${live && text === "" && reasoning === "" ? this.renderWaiting(live) : nothing}
      ${
        text === ""
          ? nothing
          : html`<markdown-view
              class="prose"
              dir="auto"
              .text=${text}
              ?streaming=${live !== undefined}
            ></markdown-view>`
      }
      ${live ? nothing : this.renderEnd(text)}
    </article>`;
  }

  private renderWaiting(live: LiveGeneration) {
    if (this.stopping) return html`<p class="waiting">${words().answer.stopping}</p>`;
    if (this.waiting) return html`<p class="waiting">${words().answer.waits}</p>`;
    if (live.status === "running")
      return html`<p class="waiting shimmer">${words().answer.thinking}</p>`;
    return html`<queue-place
      .position=${live.position}
      .estimateMs=${live.estimateMs}
    ></queue-place>`;
  }

  private renderReasoning(reasoning: string, thinking: boolean) {
    return html`<details class="reasoning">
      <summary>
        ${icons.next}<span class=${thinking ? "shimmer" : ""}>${thinking ? words().answer.thinking : words().answer.thoughts}</span>
      </summary>
      <markdown-view class="prose" .text=${reasoning} ?streaming=${thinking}></markdown-view>
    </details>`;
  }

  private renderEnd(text: string) {
    const { message } = this.node;
    const stopped = message.status === "stopped";
    return html`${message.status === "failed" ? this.renderFailure() : nothing}
      ${stopped && text === "" ? html`<p class="waiting">${words().answer.stoppedEarly}</p>` : nothing}
      ${
        message.status === "done" && text === ""
          ? html`<p class="waiting">${words().answer.empty}</p>`
          : nothing
      }
      <div class="actions">
        ${versionSwitch(this, this.node)}
        ${
          text === ""
            ? nothing
            : html`<copy-button
                .text=${() => this.node.message.content}
                .how=${copyAnswer}
              ></copy-button>`
        }
        <regenerate-menu .message=${message} .models=${this.models}></regenerate-menu>
        ${
          stopped && text !== ""
            ? html`<button
                type="button"
                class="quiet with-label"
                @click=${() => this.regenerate(true)}
              >
                ${icons.onward}<span>${words().answer.continue}</span>
              </button>`
            : nothing
        }
        ${
          message.status !== "done" && text === ""
            ? nothing
            : html`<answer-feedback .message=${message}></answer-feedback>`
        }
        <button
          type="button"
          class="quiet"
          aria-label=${words().answer.details}
          title=${words().answer.details}
          aria-expanded=${this.details}
          @click=${this.toggleDetails}
        >
          ${icons.info}
        </button>
        ${stopped && text !== "" ? html`<span class="ended">${words().answer.stopped}</span>` : nothing}
      </div>
      ${this.details ? renderDetails(message) : nothing}`;
  }

  private renderFailure() {
    const { message } = this.node;
    const { failure, model } = message.metadata;
    const again = failure?.retryable ?? true;
    return html`<div class="failure" role="group" aria-label=${words().answer.failed}>
      ${icons.alert}
      <div>
        ${failureWords(message)}
        <small>${words().answer.generation} <code>${message.id}</code>${model ? html` · ${model}` : nothing}</small>
      </div>
      ${
        again && message.content !== ""
          ? html`<button type="button" class="pill" @click=${() => this.regenerate(true)}>
              ${words().answer.continue}
            </button>`
          : nothing
      }
      ${
        again
          ? html`<button type="button" class="pill" @click=${() => this.regenerate(false)}>
              ${words().answer.retry}
            </button>`
          : nothing
      }
    </div>`;
  }

  private regenerate(goOn: boolean) {
    const { id, parentId } = this.node.message;
    if (!parentId) return;
    act(this, { type: "regenerate", parentId, ...(goOn ? { from: id } : {}) });
  }

  private async toggleDetails() {
    this.details = !this.details;
    await this.updateComplete;
    this.querySelector(".details")?.scrollIntoView({ block: "nearest" });
  }
}
