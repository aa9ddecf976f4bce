import type { Chat } from "./state/chat.ts";

const TICK_MS = 5_000;
/** A timer this late slept with its machine. */
const ASLEEP_MS = 20_000;

/** Tells the connection when the network, the tab or the machine comes back, and keeps what must not be lost. */
export function watchPage({ connection, list, writing }: Chat): void {
  addEventListener("online", () => connection.networkChanged());
  addEventListener("offline", () => connection.networkChanged());
  addEventListener("focus", () => connection.nudge());
  addEventListener("pageshow", (event) => {
    if (event.persisted) connection.nudge();
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) connection.nudge();
  });
  // A phone stops a page that is not seen without a word: this is the last one can do.
  const handheld = matchMedia("(pointer: coarse)");
  document.addEventListener("visibilitychange", () => {
    if (document.hidden && handheld.matches) writing.followUps.handOver();
  });
  addEventListener("pagehide", () => {
    writing.followUps.handOver();
    list.flush();
  });
  let last = Date.now();
  setInterval(() => {
    if (Date.now() - last > ASLEEP_MS) connection.nudge();
    last = Date.now();
  }, TICK_MS);
}
