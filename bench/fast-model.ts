import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { stamped } from "./stamp.ts";

export interface FastModelOptions {
  readonly tokensPerSecond: number;
  /** Streams that get their tokens in one step, as the decode step of a TGI replica gives them. */
  readonly batch: number;
  /** The text of a token by its number in the answer, from 0; default: when it was written. */
  readonly word?: (index: number) => string;
}

export interface FastModel {
  readonly url: string;
  /** Answers under way. */
  readonly open: number;
  close(): Promise<void>;
}

interface Stream {
  readonly socket: Socket;
  readonly response: ServerResponse;
  readonly tokens: number;
  readonly finish: "stop" | "length";
  written: number;
}

interface Step {
  readonly streams: Set<Stream>;
}

const HEAD =
  'data: {"id":"","object":"chat.completion.chunk","created":1780000000,"model":"model","system_fingerprint":"3.3.6-sha","choices":[';
const DELTA = '{"index":0,"delta":{"role":"assistant","content":';
/** Tokens of an answer to a question that asks for no number, such as one for a title. */
const DEFAULT_TOKENS = 5;

function chunkOf(content: string, finish: string | null): string {
  return `${HEAD}${DELTA}${JSON.stringify(content)}},"logprobs":null,"finish_reason":${JSON.stringify(finish)}}],"usage":null}\n\n`;
}

function httpChunk(text: string): Buffer {
  const body = Buffer.from(text);
  return Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from("\r\n")]);
}

/**
 * A model server that speaks TGI's chat route byte for byte and costs next to nothing: the streams of
 * one step share one buffer, written past `node:http`. A question `tokens=<n>` gets `n` tokens.
 */
export async function createFastModel(options: FastModelOptions): Promise<FastModel> {
  const { tokensPerSecond, batch, word } = options;
  const periodMs = 1_000 / tokensPerSecond;
  const steps: Step[] = [];
  const timers = new Set<NodeJS.Timeout>();
  let open = 0;

  function end(stream: Stream, step: Step): void {
    step.streams.delete(stream);
    open -= 1;
    if (stream.socket.destroyed) return;
    const { tokens, finish } = stream;
    const usage = { prompt_tokens: 10, completion_tokens: tokens, total_tokens: 10 + tokens };
    // What ends for its length says so on its last token, as TGI does.
    const last = finish === "stop" ? chunkOf("", finish) : "";
    stream.response.end(`${last}${HEAD}],"usage":${JSON.stringify(usage)}}\n\ndata: [DONE]\n\n`);
  }

  function turn(step: Step): void {
    const shared = word === undefined ? httpChunk(chunkOf(stamped(), null)) : undefined;
    for (const stream of step.streams) {
      const { socket, written, tokens, finish } = stream;
      stream.written += 1;
      const closes = finish === "length" && stream.written === tokens;
      const text = () => word?.(written) ?? stamped();
      if (closes) socket.write(httpChunk(chunkOf(text(), finish)));
      else socket.write(shared ?? httpChunk(chunkOf(text(), null)));
      if (stream.written >= tokens) end(stream, step);
    }
  }

  function newStep(): Step {
    const step: Step = { streams: new Set() };
    // Steps of different replicas do not come together.
    let due = performance.now() + periodMs * ((steps.length * 0.618) % 1);
    const next = (): void => {
      const timer = setTimeout(
        () => {
          timers.delete(timer);
          for (; due <= performance.now(); due += periodMs) turn(step);
          next();
        },
        Math.max(0, due - performance.now()),
      );
      timers.add(timer);
    };
    next();
    steps.push(step);
    return step;
  }

  function chat(request: string, response: ServerResponse): void {
    const body = JSON.parse(request) as {
      messages: { role: string; content: string }[];
      max_tokens?: number;
    };
    const question = body.messages.findLast(({ role }) => role === "user")?.content ?? "";
    const asked = Number(/tokens=(\d+)/.exec(question)?.[1] ?? DEFAULT_TOKENS);
    const tokens = Math.min(asked, body.max_tokens ?? asked);
    response.writeHead(200, { "content-type": "text/event-stream", "x-accel-buffering": "no" });
    response.flushHeaders();
    const { socket } = response;
    if (socket === null) return;
    const stream: Stream = {
      socket,
      response,
      tokens,
      finish: tokens < asked ? "length" : "stop",
      written: 0,
    };
    const step = steps.find(({ streams }) => streams.size < batch) ?? newStep();
    step.streams.add(stream);
    open += 1;
    response.once("close", () => {
      if (step.streams.delete(stream)) open -= 1;
    });
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = "";
    for await (const part of request.setEncoding("utf8")) text += part;
    const json = (value: unknown) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify(value));
    };
    switch (request.url) {
      case "/v1/chat/completions":
        return chat(text, response);
      case "/info":
        return json({
          model_id: "bench/model",
          max_concurrent_requests: 10_000,
          max_input_tokens: 900_000,
          max_total_tokens: 1_000_000,
          version: "3.3.6",
        });
      case "/tokenize":
        return json([{ id: 1, text: "<s>", start: 0, stop: 0 }]);
      case "/chat_tokenize":
        return json({ tokenize_response: [], templated_text: "<|user|>\nHello</s>\n" });
      default:
        response.writeHead(404).end();
    }
  }

  const server = createServer({ noDelay: true }, (request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1", 4_096);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    get open() {
      return open;
    },
    async close() {
      for (const timer of timers) clearTimeout(timer);
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

if (import.meta.main) {
  const [tokensPerSecond, batch] = process.argv.slice(2).map(Number);
  const model = await createFastModel({
    tokensPerSecond: tokensPerSecond ?? 30,
    batch: batch ?? 100,
  });
  process.send?.({ url: model.url });
}
