import { html } from "lit";
import type { Message } from "../../../src/protocol/message.ts";

/** What is known of how an answer came to be, as rows of a name and a value. */
function detailsOf({ id, metadata }: Message): readonly (readonly [string, string])[] {
  const { model, engine, usage, timing, finishReason, continued } = metadata;
  const tokens = usage?.completionTokens;
  const writingMs = timing?.totalMs && timing.totalMs - (timing.firstTokenMs ?? 0);
  const speed = tokens && writingMs ? tokens / (writingMs / 1_000) : undefined;
  const rows: [string, string | undefined][] = [
    ["Model", model],
    ["Engine", engine],
    ["Speed", speed ? `${speed.toFixed(speed < 10 ? 1 : 0)} tokens/s` : undefined],
    ["First token", seconds(timing?.firstTokenMs)],
    ["In line", seconds(timing?.queuedMs)],
    ["In all", seconds(timing?.totalMs)],
    ["Tokens", tokens === undefined ? undefined : `${tokens} written`],
    ["Prompt", usage?.promptTokens === undefined ? undefined : `${usage.promptTokens} tokens`],
    ["Ended by", finishReason],
    ["Continued", continued ? `${continued}×, after an interruption` : undefined],
    ["Generation", id],
  ];
  return rows.flatMap(([name, value]) => (value ? [[name, value] as const] : []));
}

/** Those rows as a list. */
export function renderDetails(message: Message) {
  return html`<dl class="details">
    ${detailsOf(message).map(
      ([name, value]) => html`<div>
        <dt>${name}</dt>
        <dd>${value}</dd>
      </div>`,
    )}
  </dl>`;
}

function seconds(ms: number | undefined): string | undefined {
  if (ms === undefined) return undefined;
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}
