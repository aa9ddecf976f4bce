import type { MiddlewareHandler } from "hono";
import { ChatError } from "../domain/errors.ts";
import type { Authenticated } from "./context.ts";
import { defineRoute, type Route } from "./operation.ts";
import { NO_BODY, NO_PARAMS, NO_QUERY } from "./validate.ts";

/** Where sockets are opened. */
export const SOCKET_PATH = "/api/ws";

/** `GET /api/ws`: the upgrade itself is the handler's that `main` injects. */
export function socketRoutes(socket: MiddlewareHandler<Authenticated>): readonly Route[] {
  return [
    defineRoute(
      {
        id: "openSocket",
        method: "GET",
        path: SOCKET_PATH,
        tag: "Events",
        summary: "All conversations on one WebSocket",
        description:
          "A WebSocket handshake, with the same identity as HTTP and from the app's own origin. The client sends `ClientFrame`s, one JSON object each; the server sends `ServerFrame`s, `hello` first. An unknown type is to be ignored. Close codes: 4400 bad frame, 4401 identity gone, 4408 too slow, 4429 too many sockets, 1009 too big, 1012 draining, 1013 try later.",
        params: NO_PARAMS,
        query: NO_QUERY,
        body: NO_BODY,
        answers: [{ status: 101, description: "The socket is open" }],
        problems: ["invalid", "cross_origin"],
      },
      async (c) => {
        if (c.req.method === "GET" && c.req.header("upgrade")?.toLowerCase() === "websocket") {
          const response = await socket(c, async () => {});
          if (response instanceof Response) return response;
        }
        throw new ChatError("invalid", "Open this address as a WebSocket.");
      },
    ),
  ];
}
