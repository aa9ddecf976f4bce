import { html, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { LiveGeneration } from "../state/conversation-state.ts";
import type { PathNode } from "../state/conversation-tree.ts";
import "../markdown/markdown-view.ts";
import { act } from "./action.ts";
import { renderDetails } from "./answer-details.ts";
import "./copy-button.ts";
import { failureWords, queueWords } from "./failure-words.ts";
import { icons } from "./icons.ts";
import { LightElement } from "./light-element.ts";
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

  @state() private details = false;

  override render() {
    const { live } = this;
    const { message } = this.node;
    const text = live ? live.text.text : message.content;
    const reasoning = live ? live.text.reasoning : (message.reasoning ?? "");
    return html`<article
      class="message answer"
      aria-label="Assistant"
      aria-busy=${live ? "true" : "false"}
    >
      ${(live ?? message.metadata).continued ? html`<p class="note">continued after an interruption</p>` : nothing}
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
    if (this.stopping) return html`<p class="waiting">Stopping…</p>`;
    if (this.waiting) return html`<p class="waiting">Begins when the answer above ends</p>`;
    if (live.status === "running") return html`<p class="waiting shimmer">Thinking…</p>`;
    return html`<p class="waiting queued"><i class="bar"></i>${queueWords(live.position, live.estimateMs)}</p>`;
  }

  private renderReasoning(reasoning: string, thinking: boolean) {
    return html`<details class="reasoning">
      <summary>
        ${icons.next}<span class=${thinking ? "shimmer" : ""}>${thinking ? "Thinking…" : "Thoughts"}</span>
      </summary>
      <markdown-view class="prose" .text=${reasoning} ?streaming=${thinking}></markdown-view>
    </details>`;
  }

  private renderEnd(text: string) {
    const { message } = this.node;
    const stopped = message.status === "stopped";
    return html`${message.status === "failed" ? this.renderFailure() : nothing}
      ${stopped && text === "" ? html`<p class="waiting">Stopped before it began</p>` : nothing}
      ${
        message.status === "done" && text === ""
          ? html`<p class="waiting">The model gave an empty answer</p>`
          : nothing
      }
      <div class="actions">
        ${versionSwitch(this, this.node)}
        ${
          text === ""
            ? nothing
            : html`<copy-button .text=${() => this.node.message.content}></copy-button>`
        }
        <button
          type="button"
          class="quiet"
          aria-label="Regenerate"
          title="Regenerate"
          @click=${() => this.regenerate(false)}
        >
          ${icons.again}
        </button>
        ${
          stopped && text !== ""
            ? html`<button
                type="button"
                class="quiet with-label"
                @click=${() => this.regenerate(true)}
              >
                ${icons.onward}<span>Continue</span>
              </button>`
            : nothing
        }
        <button
          type="button"
          class="quiet"
          aria-label="Details"
          title="Details"
          aria-expanded=${this.details}
          @click=${this.toggleDetails}
        >
          ${icons.info}
        </button>
        ${stopped && text !== "" ? html`<span class="ended">Stopped</span>` : nothing}
      </div>
      ${this.details ? renderDetails(message) : nothing}`;
  }

  private renderFailure() {
    const { message } = this.node;
    const { failure, model } = message.metadata;
    const again = failure?.retryable ?? true;
    return html`<div class="failure" role="group" aria-label="Failed answer">
      ${icons.alert}
      <div>
        ${failureWords(message)}
        <small>Generation <code>${message.id}</code>${model ? html` · ${model}` : nothing}</small>
      </div>
      ${
        again && message.content !== ""
          ? html`<button type="button" class="pill" @click=${() => this.regenerate(true)}>
              Continue
            </button>`
          : nothing
      }
      ${
        again
          ? html`<button type="button" class="pill" @click=${() => this.regenerate(false)}>
              Retry
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

  private toggleDetails() {
    this.details = !this.details;
  }
}
