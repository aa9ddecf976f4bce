import { request } from "node:http";
import { callApi } from "./call-api.ts";
import { openRawSocket } from "./raw-socket.ts";
import { lagsOf, STAMP_LENGTH } from "./stamp.ts";

/** What the viewers look at: the product, the bare pipe, or the model server itself. */
export type ViewersTarget = "app" | "pipe" | "direct";

export interface ViewersCommand {
  readonly target: ViewersTarget;
  readonly url: string;
  /** Viewers, each a user with a conversation of its own. */
  readonly count: number;
  /** Length of each answer. */
  readonly tokens: number;
  /** Over how long the first questions are spread. */
  readonly spreadMs: number;
  /** Whether each asks again once it was answered. */
  readonly again: boolean;
  /** Those to be used; default: a new one each. */
  readonly conversations?: readonly { readonly user: string; readonly id: string }[];
}

export interface ViewersReport {
  readonly tokens: number;
  readonly frames: number;
  readonly answers: number;
  /** Answers whose text was not what was to come. */
  readonly wrong: number;
  readonly started: number;
  /** Of each token, from its writing to its arrival, in ms. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** One viewer's count of an answer under way. */
interface Seen {
  length: number;
  ended: () => void;
}

let lags: number[] = [];
let counts = { tokens: 0, frames: 0, answers: 0, wrong: 0 };
let started = 0;

function take(seen: Seen, text: string): void {
  if (seen.length === 0) started += 1;
  seen.length += text.length;
  counts.frames += 1;
  counts.tokens += text.length / STAMP_LENGTH;
  for (const lag of lagsOf(text)) lags.push(lag);
}

function finish(seen: Seen, length: number): void {
  counts.answers += 1;
  if (seen.length !== length) counts.wrong += 1;
  seen.length = 0;
  seen.ended();
}

type Ask = (seen: Seen) => void;

async function newConversation(url: string, user: string) {
  // With a title, so that the answers alone are measured.
  const fields = { title: "bench", parameters: { maxTokens: 131_072 } };
  const { id } = (await callApi(url, user, "POST", "/api/conversations", fields)) as { id: string };
  return { user, id };
}

async function openApp(command: ViewersCommand, index: number, seen: Seen): Promise<Ask> {
  const { url, tokens, conversations } = command;
  const { user, id } =
    conversations?.[index] ?? (await newConversation(url, `user-${process.pid}-${index}`));
  const headers = { "X-Forwarded-User": user };
  const socket = await openRawSocket(`${url.replace("http", "ws")}/api/ws`, headers, (raw) => {
    if (raw.startsWith('{"type":"delta"')) {
      const { at, text } = JSON.parse(raw);
      if (at !== seen.length) counts.wrong += 1;
      take(seen, text);
      return;
    }
    const { event } = JSON.parse(raw);
    if (event?.type === "generation.finished") finish(seen, event.length);
    if (event?.type === "generation.failed") counts.wrong += 1;
  });
  socket.send(JSON.stringify({ type: "subscribe", conversationId: id }));
  return () =>
    socket.send(
      JSON.stringify({
        type: "send",
        conversationId: id,
        messageId: crypto.randomUUID(),
        content: `tokens=${tokens}`,
      }),
    );
}

async function openPipe({ url, tokens }: ViewersCommand, seen: Seen): Promise<Ask> {
  const socket = await openRawSocket(`${url}/`, {}, (raw) => {
    const frame = JSON.parse(raw);
    if (frame.type === "delta") take(seen, frame.text);
    else finish(seen, tokens * STAMP_LENGTH);
  });
  return () => socket.send(`tokens=${tokens}`);
}

function openDirect({ url, tokens }: ViewersCommand, seen: Seen): Ask {
  return () => {
    const headers = { "content-type": "application/json" };
    const sent = request(`${url}/v1/chat/completions`, { method: "POST", headers }, (response) => {
      let rest = "";
      response.setEncoding("latin1");
      response.on("data", (text: string) => {
        const events = (rest + text).split("\n\n");
        rest = events.pop() ?? "";
        for (const event of events) {
          const at = event.indexOf('"content":"');
          const content = event.slice(at + 11, at + 11 + STAMP_LENGTH);
          if (at > 0 && content.startsWith(" ")) take(seen, content);
        }
      });
      response.on("end", () => finish(seen, tokens * STAMP_LENGTH));
      response.on("error", () => undefined);
    });
    sent.on("error", () => undefined);
    sent.end(JSON.stringify({ messages: [{ role: "user", content: `tokens=${tokens}` }] }));
  };
}

async function open(command: ViewersCommand): Promise<void> {
  const asks: (() => void)[] = [];
  const openOne = async (index: number) => {
    const seen: Seen = { length: 0, ended: () => undefined };
    const ask = await {
      app: () => openApp(command, index, seen),
      pipe: () => openPipe(command, seen),
      direct: () => openDirect(command, seen),
    }[command.target]();
    if (command.again) seen.ended = () => ask(seen);
    asks.push(() => ask(seen));
  };
  // Some at a time: the opening is not what is measured.
  for (let from = 0; from < command.count; from += 50) {
    const some = Array.from({ length: Math.min(50, command.count - from) }, (_, at) => from + at);
    await Promise.all(some.map(openOne));
  }
  started = 0;
  for (const [index, ask] of asks.entries()) {
    setTimeout(ask, (command.spreadMs * index) / command.count);
  }
}

function report(): ViewersReport {
  const sorted = Float64Array.from(lags).sort();
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  return { ...counts, started, p50: at(0.5), p99: at(0.99), max: at(1) };
}

process.on("message", (message: ViewersCommand | "report" | "reset") => {
  if (message === "report") process.send?.(report());
  else if (message === "reset") {
    lags = [];
    counts = { tokens: 0, frames: 0, answers: 0, wrong: 0 };
    process.send?.("reset");
  } else {
    open(message).then(
      () => process.send?.("open"),
      (error) => {
        process.stderr.write(`${error}\n`);
        process.exit(1);
      },
    );
  }
});
