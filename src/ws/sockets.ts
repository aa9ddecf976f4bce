import { upgradeWebSocket } from "@hono/node-server";
import type { Context, Env, MiddlewareHandler } from "hono";
import { WebSocket, WebSocketServer } from "ws";
import { userOf } from "../domain/identity.ts";
import type { Identity } from "../domain/ports/identity.ts";
import type { TakeSeat } from "../domain/seats.ts";
import type { BeginStay } from "../domain/stay.ts";
import type { UserEvent } from "../protocol/events.ts";
import { CLOSE, type ServerFrame } from "../protocol/frames.ts";
import { type Connection, type ConnectionDeps, openConnection } from "./connection.ts";
import { type SocketWatch, UNSEEN_SOCKET } from "./observer.ts";
import { createOutbox, type Outbox } from "./outbox.ts";

/** How often each socket is pinged, in ms: one that was silent since the last time is gone. */
const HEARTBEAT_MS = 30_000;
/** Over how long clients are spread when they are told to move, in ms. */
const DRAIN_SPREAD_MS = 2_000;

/** Who opens a socket. */
export interface SocketOpener {
  readonly identity: Identity;
  readonly address: string | undefined;
}

export interface SocketsDeps<E extends Env> extends ConnectionDeps {
  /** The longest frame a client may send, in bytes. */
  readonly maxFrameBytes: number;
  /** Who opens a socket, and from where: identity and origin were checked before. */
  readonly openerOf: (c: Context<E>) => SocketOpener;
  readonly takeSeat: TakeSeat;
  readonly beginStay: BeginStay;
  /** Told how many sockets are open. */
  readonly onCount?: (open: number) => void;
  /** Sees a socket that is about to be opened. Must not keep the context. */
  readonly observe?: (c: Context<E>) => SocketWatch;
}

export interface Sockets<E extends Env> {
  /** Answers `GET /api/ws` with the upgrade. */
  readonly handler: MiddlewareHandler<E>;
  /** What the HTTP server hands upgraded connections to. */
  readonly server: WebSocketServer;
  /** Tells every client of something that is the same for all of them. */
  tell(event: UserEvent): void;
  /** Tells every client to come back elsewhere, then closes with 1012. Resolves when all are gone. */
  drain(): Promise<void>;
}

/** The WebSocket side: one connection a socket, heart-beats, bounds. */
export function createSockets<E extends Env>(deps: SocketsDeps<E>): Sockets<E> {
  const open = new Map<WebSocket, Outbox>();
  const silent = new Set<WebSocket>();
  let draining = false;

  const server = new WebSocketServer({
    noServer: true,
    maxPayload: deps.maxFrameBytes,
    perMessageDeflate: false,
    clientTracking: false,
  });

  function accept(
    socket: WebSocket,
    { identity, address }: SocketOpener,
    watch: SocketWatch,
  ): void {
    const giveBack = draining ? undefined : deps.takeSeat(identity.userId, address);
    if (giveBack === undefined) {
      const code = draining ? CLOSE.DRAINING : CLOSE.TOO_MANY_SOCKETS;
      socket.close(code);
      watch.closed(code);
      return;
    }
    let connection: Connection | undefined;
    const outbox = createOutbox(socket, () => connection?.drained(), watch.fellBehind);
    open.set(socket, outbox);
    deps.onCount?.(open.size);
    watch.opened();
    connection = openConnection(deps, userOf(identity), outbox, watch);
    const leave = deps.beginStay(identity, {
      reauthenticate: () => outbox.send(JSON.stringify({ type: "reauthenticate" })),
      ended(reason) {
        if (reason === "identity") outbox.close(CLOSE.IDENTITY_GONE, "identity gone");
        else outbox.close(CLOSE.TRY_LATER, "try later");
      },
    });

    socket.on("message", (data, isBinary) => {
      silent.delete(socket);
      // Every frame is text; `parse` refuses the rest.
      connection.receive(isBinary ? "" : data.toString());
    });
    socket.on("pong", () => silent.delete(socket));
    // What goes wrong on one socket, too long a frame among it, ends that socket with its own code.
    socket.on("error", () => undefined);
    socket.once("close", (code) => {
      watch.closed(code);
      connection.close();
      open.delete(socket);
      silent.delete(socket);
      giveBack();
      leave();
      deps.onCount?.(open.size);
    });
  }

  const heartbeat = setInterval(() => {
    for (const socket of open.keys()) {
      if (silent.has(socket)) socket.terminate();
      else {
        silent.add(socket);
        socket.ping();
      }
    }
  }, HEARTBEAT_MS);
  heartbeat.unref();

  const upgrade = upgradeWebSocket((c: Context<E>) => {
    const opener = deps.openerOf(c);
    const watch = deps.observe?.(c) ?? UNSEEN_SOCKET;
    return {
      onOpen(_event, { raw }) {
        if (!(raw instanceof WebSocket)) return;
        // The helper listens too, from right after this on, and its listeners would keep the request
        // and its context for as long as the socket is open: some kilobytes each.
        queueMicrotask(() => {
          raw.removeAllListeners();
          accept(raw, opener, watch);
        });
      },
    };
  });

  return {
    handler: (c, next) => upgrade(c, next),
    server,
    tell(event) {
      const frame = JSON.stringify({ type: "event", log: "user", event } satisfies ServerFrame);
      for (const outbox of open.values()) outbox.send(frame);
    },
    async drain() {
      draining = true;
      clearInterval(heartbeat);
      const gone = [...open].map(async ([socket, outbox]) => {
        const closed = new Promise((resolve) => socket.once("close", resolve));
        const retryMs = Math.round(Math.random() * DRAIN_SPREAD_MS);
        outbox.send(JSON.stringify({ type: "draining", retryMs }));
        outbox.close(CLOSE.DRAINING, "draining");
        await closed;
      });
      await Promise.all(gone);
      server.close();
    },
  };
}
