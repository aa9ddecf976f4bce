import { once } from "node:events";
import {
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestOptions,
} from "node:http";
import { request as httpsRequest } from "node:https";
import type { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { createBrotliDecompress, createGunzip } from "node:zlib";
import { WebSocket } from "ws";
import type { Budget } from "./budget.ts";

/** Of an answer that is not a stream; what is longer is cut. */
const MAX_ANSWER_BYTES = 256 * 1024;
const DEADLINE_MS = 15_000;
/** How often, and how long in ms, a request waits where it is told to come later. */
const PATIENCE = { times: 3, longestMs: 10_000 };

/** Header names and values, in order; a name may come twice, and is sent as it is written. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

export interface Call {
  readonly path: string;
  readonly method?: string;
  readonly headers?: HeaderList;
  readonly body?: string;
  readonly deadlineMs?: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly setCookies: readonly string[];
  readonly body: string;
}

/** One way into a deployment. Whatever does not answer makes its promises reject. */
export interface Door {
  /** The origin by which browsers know it. */
  readonly origin: string;
  call(call: Call): Promise<Answer>;
  /** The answer as it comes, unpacked. */
  stream(
    call: Call,
    signal: AbortSignal,
  ): Promise<{ readonly head: Answer; readonly body: Readable }>;
  /** Opens `GET /api/ws`: a paused socket, or the status by which it was refused. */
  openSocket(headers: HeaderList): Promise<WebSocket | { readonly status: number }>;
}

export interface DoorOptions {
  /** Where browsers go. */
  readonly url: URL;
  /** Where to connect instead. */
  readonly via?: URL | undefined;
  /** Certificates that are trusted beside the usual ones; PEM. */
  readonly ca?: string | undefined;
  /** Certificates are not checked. */
  readonly insecure?: boolean;
  readonly budget: Budget;
}

/** The door at an address. */
export function createDoor({ url, via = url, ca, insecure = false, budget }: DoorOptions): Door {
  const secure = via.protocol === "https:";
  const trust = {
    ...(ca !== undefined && { ca }),
    rejectUnauthorized: !insecure,
    ...(secure && via.hostname === url.hostname && { servername: serverName(url) }),
  };

  async function send(call: Call, signal: AbortSignal): Promise<IncomingMessage> {
    budget.spend();
    const { path, method = "GET", headers = [], body } = call;
    const lines: [string, string][] = [["Host", url.host]];
    if (!headers.some(([name]) => name.toLowerCase() === "connection")) {
      lines.push(["Connection", "close"]);
    }
    if (body !== undefined) lines.push(["Content-Length", String(Buffer.byteLength(body))]);
    const options: RequestOptions = {
      host: bare(via.hostname),
      port: portOf(via),
      path,
      method,
      headers: [...lines, ...headers].flat(),
      agent: false,
      signal,
    };
    const request = secure ? httpsRequest({ ...options, ...trust }) : httpRequest(options);
    request.end(body);
    const [response]: IncomingMessage[] = await once(request, "response");
    if (response === undefined) throw new Error("no answer");
    return response;
  }

  async function exchange(call: Call): Promise<Answer> {
    const deadline = AbortSignal.timeout(call.deadlineMs ?? DEADLINE_MS);
    const response = await send(call, AbortSignal.any([deadline, budget.signal]));
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of response) {
      if (!Buffer.isBuffer(chunk)) continue;
      chunks.push(chunk);
      size += chunk.byteLength;
      if (size > MAX_ANSWER_BYTES) break;
    }
    return { ...headOf(response), body: Buffer.concat(chunks).toString("utf8") };
  }

  return {
    origin: url.origin,

    async call(call) {
      for (let tries = 0; ; tries += 1) {
        const answer = await exchange(call);
        if (answer.status !== 429 || tries >= PATIENCE.times) return answer;
        const seconds = Number(answer.headers["retry-after"] ?? 1);
        const ms = Math.min(PATIENCE.longestMs, (Number.isFinite(seconds) ? seconds : 1) * 1_000);
        await delay(ms, undefined, { signal: budget.signal });
      }
    },

    async stream(call, signal) {
      const headers: HeaderList = [...(call.headers ?? []), ["Accept-Encoding", "gzip, br"]];
      const both = AbortSignal.any([signal, budget.signal]);
      const response = await send({ ...call, headers }, both);
      const head = { ...headOf(response), body: "" };
      return { head, body: unpacked(response) };
    },

    async openSocket(headers) {
      budget.spend();
      const address = new URL("/api/ws", via);
      address.protocol = secure ? "wss:" : "ws:";
      const connection = headers.filter(([name]) => name.toLowerCase() === "connection");
      const socket = new WebSocket(address, {
        ...trust,
        headers: grouped([["Host", url.host], ...headers], connection),
        perMessageDeflate: false,
        handshakeTimeout: DEADLINE_MS,
        finishRequest(request) {
          const nominated = connection.map(([, value]) => value);
          if (nominated.length > 0) request.setHeader("Connection", ["Upgrade", ...nominated]);
          request.end();
        },
      });
      const end = () => socket.terminate();
      budget.signal.addEventListener("abort", end);
      socket.once("close", () => budget.signal.removeEventListener("abort", end));
      return new Promise((resolve, reject) => {
        socket.once("open", () => {
          // Until somebody listens: what it says first may come along with the handshake.
          socket.pause();
          resolve(socket);
        });
        socket.once("unexpected-response", (_request, response) => {
          resolve({ status: response.statusCode ?? 0 });
          response.destroy();
        });
        socket.on("error", reject);
      });
    },
  };
}

function headOf(response: IncomingMessage): Omit<Answer, "body"> {
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    setCookies: response.headers["set-cookie"] ?? [],
  };
}

function unpacked(response: IncomingMessage): Readable {
  const coding = response.headers["content-encoding"];
  const unpack =
    coding === "gzip" ? createGunzip() : coding === "br" ? createBrotliDecompress() : undefined;
  if (unpack === undefined) return response;
  response.once("error", (error) => unpack.destroy(error));
  return response.pipe(unpack);
}

function grouped(headers: HeaderList, without: HeaderList): Record<string, string[]> {
  const groups: Record<string, string[]> = {};
  for (const header of headers) {
    if (without.includes(header)) continue;
    const [name, value] = header;
    groups[name] = [...(groups[name] ?? []), value];
  }
  return groups;
}

/** The port of an address, its scheme's where it names none. */
function portOf({ port, protocol }: URL): number {
  if (port !== "") return Number(port);
  return protocol === "https:" ? 443 : 80;
}

/** An IPv6 address without its brackets. */
function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, "");
}

function serverName({ hostname }: URL): string {
  // An address is no name, and TLS takes none for one.
  return /^[\d.]+$|:/.test(hostname) ? "" : hostname;
}
