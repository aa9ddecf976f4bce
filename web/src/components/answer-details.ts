import { html } from "lit";
import type { Message } from "../../../src/protocol/message.ts";
import { words } from "../i18n/words.ts";

/** What is known of how an answer came to be, as rows of a name and a value. */
function detailsOf({ id, metadata }: Message): readonly (readonly [string, string])[] {
  const { model, engine, usage, timing, finishReason, continued } = metadata;
  const { details } = words();
  const tokens = usage?.completionTokens;
  const writingMs = timing?.totalMs && timing.totalMs - (timing.firstTokenMs ?? 0);
  const speed = tokens && writingMs ? tokens / (writingMs / 1_000) : undefined;
  const promptTokens = usage?.promptTokens;
  const rows: [string, string | undefined][] = [
    [details.model, model],
    [details.engine, engine],
    [details.speed, speed ? details.tokensPerSecond(speed) : undefined],
    [details.firstToken, duration(timing?.firstTokenMs)],
    [details.inLine, duration(timing?.queuedMs)],
    [details.inAll, duration(timing?.totalMs)],
    [details.tokens, tokens === undefined ? undefined : details.written(tokens)],
    [details.prompt, promptTokens === undefined ? undefined : details.promptTokens(promptTokens)],
    [details.endedBy, finishReason && details.reason(finishReason)],
    [details.continued, continued ? details.times(continued) : undefined],
    [details.generation, id],
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

function duration(ms: number | undefined): string | undefined {
  if (ms === undefined) return undefined;
  const { milliseconds, seconds } = words().details;
  return ms < 1_000 ? milliseconds(ms) : seconds(ms / 1_000);
}
