import { CLOSE, type ClientFrame, type ServerFrame } from "../../../src/protocol/frames.ts";
import { backoffMs } from "./backoff.ts";
import { decodeFrame, type KnownFrame } from "./decode-frame.ts";

/** What a reader is told about the connection. */
export type ConnectionStatus = "connecting" | "live" | "reconnecting" | "offline" | "signed-out";

type Hello = Extract<ServerFrame, { type: "hello" }>;

/** What a connection needs from the page around it. */
export interface ConnectionOptions {
  readonly open: () => WebSocket;
  /** Asks the server who we are, where a refused upgrade cannot say why it was refused. */
  readonly checkSession: () => Promise<"signed-in" | "signed-out" | "unknown">;
  readonly isOnline: () => boolean;
  readonly onHello: (hello: Hello) => void;
  readonly onFrame: (frame: KnownFrame) => void;
  readonly onStatus: (status: ConnectionStatus) => void;
  /** When the next try comes, in ms since 1970; `undefined` once it is under way. */
  readonly onRetryAt?: (at: number | undefined) => void;
}

/** One socket that comes back by itself. */
export interface Connection {
  /** Sends where the socket is live; whoever needs it to arrive sends again after `onHello`. */
  send(frame: ClientFrame): boolean;
  /** The network, the tab or the machine came back: find out now instead of at the next ping. */
  nudge(): void;
  /** The API says that nobody is signed in; what the socket still brings is taken. */
  identityLost(): void;
  /** The reader has signed out: nothing goes on, until they are back. */
  leave(): void;
  /** `navigator.onLine` changed. */
  networkChanged(): void;
  close(): void;
}

/** No word for this long after a nudge: the socket is dead, whatever the system says. */
const NUDGE_DEADLINE_MS = 3_000;
/** A server that moves away says so; that long, nobody needs to hear of it. */
const QUIET_MOVE_MS = 4_000;
const HELLO_DEADLINE_MS = 10_000;

/** Keeps a socket open: full-jitter backoff, heartbeat, and the reasons a server gives for closing. */
export function createConnection(options: ConnectionOptions): Connection {
  let socket: WebSocket | undefined;
  /** The next one, while this one still serves. */
  let successor: WebSocket | undefined;
  let status: ConnectionStatus = "connecting";
  let live = false;
  let attempt = 0;
  let heardAt = 0;
  let pingIntervalMs = 20_000;
  let quietUntil = 0;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let heartbeat: ReturnType<typeof setInterval> | undefined;
  let deadline: ReturnType<typeof setTimeout> | undefined;
  let closed = false;

  const show = (next: ConnectionStatus) => {
    if (next === status) return;
    status = next;
    options.onStatus(next);
  };
  const showDown = () => {
    if (status === "signed-out") return;
    if (!options.isOnline()) return show("offline");
    const quietMs = quietUntil - Date.now();
    if (quietMs <= 0) return show(status === "connecting" ? "connecting" : "reconnecting");
    setTimeout(() => {
      if (!live && !closed) showDown();
    }, quietMs + 10);
  };

  /** Forgets the socket at once: a dead one can take minutes to fire `close`. */
  const drop = () => {
    const old = [socket, successor];
    socket = successor = undefined;
    live = false;
    clearInterval(heartbeat);
    clearTimeout(deadline);
    for (const one of old) if (one) letGo(one);
  };
  const retryIn = (ms: number) => {
    clearTimeout(retry);
    if (closed || status === "signed-out") return;
    retry = setTimeout(connect, ms);
    options.onRetryAt?.(Date.now() + ms);
  };
  const lost = () => {
    drop();
    if (attempt >= 2 && status === "connecting") show("reconnecting");
    showDown();
    retryIn(backoffMs(attempt++));
  };

  const askWhy = async () => {
    const answer = await options.checkSession();
    if (closed || (live && status !== "signed-out")) return;
    if (answer === "signed-out") signedOut();
    else if (answer === "signed-in" && status === "signed-out") {
      // What the old identity opened must not go on under the new one.
      drop();
      show("reconnecting");
      connect();
    }
  };
  const signedOut = () => {
    clearTimeout(retry);
    if (!live) drop();
    options.onRetryAt?.(undefined);
    show("signed-out");
  };

  const ended = (code: number, wasLive: boolean) => {
    if (code === CLOSE.DRAINING) {
      quietUntil = Math.max(quietUntil, Date.now() + QUIET_MOVE_MS);
      attempt = Math.min(attempt, 1);
    }
    if (code === CLOSE.TOO_MANY_SOCKETS || code === CLOSE.BAD_FRAME) attempt = Math.max(attempt, 6);
    lost();
    if (code === CLOSE.IDENTITY_GONE || code === 1008 || (code === 1006 && !wasLive)) {
      void askWhy();
    }
  };

  const expectWord = (ms: number) => {
    clearTimeout(deadline);
    deadline = setTimeout(lost, ms);
  };

  const greeted = (hello: Hello) => {
    live = true;
    attempt = 0;
    quietUntil = 0;
    pingIntervalMs = Math.max(1_000, hello.pingIntervalMs);
    clearInterval(heartbeat);
    heartbeat = setInterval(beat, pingIntervalMs);
    show("live");
    options.onHello(hello);
  };
  const beat = () => {
    if (Date.now() - heardAt > 2 * pingIntervalMs) lost();
    else send({ type: "ping", at: Date.now() });
  };

  const received = (data: unknown) => {
    heardAt = Date.now();
    clearTimeout(deadline);
    const frame = decodeFrame(data);
    if (!frame) return;
    if (frame.type === "hello") greeted(frame);
    else if (frame.type === "draining") {
      quietUntil = Date.now() + frame.retryMs + QUIET_MOVE_MS;
      setTimeout(moveOn, frame.retryMs, socket);
    } else if (frame.type === "reauthenticate") void reauthenticate();
    else if (frame.type !== "pong") options.onFrame(frame);
  };
  const moveOn = (from: WebSocket | undefined) => {
    if (closed || from === undefined || from !== socket) return;
    drop();
    connect();
  };
  /** Asking who we are has the proxy renew its session; the socket to come then has the new proof. */
  const reauthenticate = async () => {
    const from = socket;
    const answer = await options.checkSession();
    if (closed || !live || from !== socket) return;
    if (answer === "signed-out") signedOut();
    else if (answer === "signed-in") succeed();
  };
  /** The socket that stands goes on until the next one greets: its subscriptions take over from there. */
  const succeed = () => {
    if (successor) letGo(successor);
    const next = options.open();
    successor = next;
    next.onmessage = ({ data }) => {
      successor = undefined;
      drop();
      use(next);
      received(data);
    };
    next.onclose = () => {
      if (next === successor) successor = undefined;
    };
  };

  function connect() {
    clearTimeout(retry);
    if (closed || socket) return;
    options.onRetryAt?.(undefined);
    use(options.open());
    expectWord(HELLO_DEADLINE_MS);
  }

  function use(next: WebSocket) {
    socket = next;
    next.onmessage = (message) => {
      if (next === socket) received(message.data);
    };
    next.onclose = ({ code }) => {
      if (next === socket) ended(code, live);
    };
  }

  function send(frame: ClientFrame): boolean {
    if (!live || socket?.readyState !== 1) return false;
    socket.send(JSON.stringify(frame));
    return true;
  }

  connect();
  return {
    send,
    nudge() {
      if (closed) return;
      if (status === "signed-out") void askWhy();
      else if (!socket) connect();
      else if (live) {
        send({ type: "ping", at: Date.now() });
        expectWord(NUDGE_DEADLINE_MS);
      }
    },
    identityLost() {
      if (!closed && status !== "signed-out") signedOut();
    },
    leave() {
      if (closed) return;
      drop();
      signedOut();
    },
    networkChanged() {
      if (!options.isOnline()) show(status === "signed-out" ? status : "offline");
      else {
        if (status === "offline") show(live ? "live" : "reconnecting");
        this.nudge();
      }
    },
    close() {
      closed = true;
      clearTimeout(retry);
      drop();
    },
  };
}

function letGo(socket: WebSocket): void {
  socket.onopen = socket.onmessage = socket.onclose = socket.onerror = null;
  socket.close();
}
