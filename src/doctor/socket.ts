import type { WebSocket } from "ws";

const PATIENCE_MS = 5_000;

/** The first text of a paused socket that `pick` makes something of; undefined where none comes in 5 s. */
export function hear<T>(
  socket: WebSocket,
  pick: (text: string) => T | undefined,
): Promise<T | undefined> {
  return new Promise((resolve) => {
    const done = (value: T | undefined) => {
      clearTimeout(timer);
      socket.off("message", read);
      socket.off("close", gone);
      resolve(value);
    };
    const read = (data: { toString(): string }) => {
      const value = pick(data.toString());
      if (value !== undefined) done(value);
    };
    const gone = () => done(undefined);
    const timer = setTimeout(gone, PATIENCE_MS);
    socket.on("message", read);
    socket.once("close", gone);
    socket.resume();
  });
}
