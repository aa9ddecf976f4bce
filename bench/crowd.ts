import { callApi } from "./call-api.ts";
import { openRawSocket, type RawSocket } from "./raw-socket.ts";

interface CrowdCommand {
  readonly url: string;
  readonly count: number;
  readonly subscribe?: boolean;
  /** A bare WebSocket server, and not the product. */
  readonly plain?: boolean;
}

/** Kept open until this process ends. */
const sockets: RawSocket[] = [];

async function openOne({ url, subscribe, plain }: CrowdCommand): Promise<void> {
  const user = `idle-${sockets.length}-${crypto.randomUUID()}`;
  if (plain) {
    sockets.push(await openRawSocket(url, {}, () => undefined));
    return;
  }
  const conversation = subscribe
    ? ((await callApi(url, user, "POST", "/api/conversations", { title: "idle" })) as {
        id: string;
      })
    : undefined;
  const { promise, resolve } = Promise.withResolvers<void>();
  const socket = await openRawSocket(
    `${url.replace("http", "ws")}/api/ws`,
    { "X-Forwarded-User": user },
    (raw) => {
      const { type } = JSON.parse(raw);
      if (type === (subscribe ? "subscribed" : "event")) resolve();
    },
  );
  sockets.push(socket);
  if (conversation) {
    socket.send(JSON.stringify({ type: "subscribe", conversationId: conversation.id }));
  }
  await promise;
}

process.on("message", (command: CrowdCommand) => {
  const open = async () => {
    for (let from = 0; from < command.count; from += 100) {
      await Promise.all(
        Array.from({ length: Math.min(100, command.count - from) }, () => openOne(command)),
      );
    }
    process.send?.("open");
  };
  open().catch((error: unknown) => {
    process.stderr.write(`${error}\n`);
    process.exit(1);
  });
});
