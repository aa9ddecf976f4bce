import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Connection, type ConnectionStatus, createConnection } from "./connection.ts";

/** A socket whose server is the test. */
class FakeSocket {
  readyState = 1;
  sent: string[] = [];
  closed = false;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;

  send(data: string) {
    this.sent.push(data);
  }
  close() {
    this.closed = true;
  }
  says(frame: unknown) {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
  ends(code: number) {
    this.onclose?.({ code });
  }
  hello() {
    this.says({ type: "hello", protocol: 1, user: { id: "a", groups: [] }, pingIntervalMs: 5_000 });
  }
}

let sockets: FakeSocket[] = [];
let statuses: ConnectionStatus[] = [];
let online = true;
let signedIn: "signed-in" | "signed-out" | "unknown" = "unknown";
let connection: Connection;
const latest = () => sockets.at(-1) ?? new FakeSocket();

beforeEach(() => {
  vi.useFakeTimers();
  sockets = [];
  statuses = [];
  online = true;
  signedIn = "unknown";
  connection = createConnection({
    open: () => {
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket as unknown as WebSocket;
    },
    checkSession: async () => signedIn,
    isOnline: () => online,
    onHello: () => undefined,
    onFrame: () => undefined,
    onStatus: (status) => statuses.push(status),
  });
});
afterEach(() => {
  connection.close();
  vi.useRealTimers();
});

describe("a connection", () => {
  test("is live after hello, reconnecting after a loss, and comes back by itself", async () => {
    expect(connection.send({ type: "ping", at: 1 })).toBe(false);
    latest().hello();
    expect(connection.send({ type: "ping", at: 1 })).toBe(true);
    latest().ends(1006);
    await vi.advanceTimersByTimeAsync(500);
    expect(sockets).toHaveLength(2);
    latest().hello();
    expect(statuses).toEqual(["live", "reconnecting", "live"]);
  });

  test("pings, and gives a silent socket up after two intervals", async () => {
    latest().hello();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(latest().sent.map((frame) => JSON.parse(frame).type)).toEqual(["ping"]);
    await vi.advanceTimersByTimeAsync(11_000);
    expect(sockets[0]?.closed).toBe(true);
    expect(sockets.length).toBeGreaterThan(1);
  });

  test("a draining server is left without a flash", async () => {
    latest().hello();
    latest().says({ type: "draining", retryMs: 700 });
    await vi.advanceTimersByTimeAsync(600);
    expect(sockets).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(200);
    expect(sockets).toHaveLength(2);
    expect(sockets[0]?.closed).toBe(true);
    latest().hello();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(statuses).toEqual(["live"]);
  });

  test("a draining server that does not come back is noticed after all", async () => {
    latest().hello();
    latest().ends(1012);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(statuses).toEqual(["live"]);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(statuses).toEqual(["live", "reconnecting"]);
  });

  test("a refused upgrade of someone signed out stops trying, until they are back", async () => {
    signedIn = "signed-out";
    latest().ends(1006);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(statuses.at(-1)).toBe("signed-out");
    const tried = sockets.length;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sockets).toHaveLength(tried);
    signedIn = "signed-in";
    connection.nudge();
    await vi.advanceTimersByTimeAsync(1);
    latest().hello();
    expect(statuses.at(-1)).toBe("live");
  });

  test("is offline where the machine is, and back as soon as it is", async () => {
    latest().hello();
    online = false;
    connection.networkChanged();
    latest().ends(1006);
    await vi.advanceTimersByTimeAsync(100_000);
    expect(statuses).toEqual(["live", "offline"]);
    online = true;
    const tried = sockets.length;
    connection.networkChanged();
    expect(sockets.length).toBeGreaterThanOrEqual(tried);
    latest().hello();
    expect(statuses.at(-1)).toBe("live");
  });

  test("a proof that ends is renewed on the next socket, before this one goes", async () => {
    signedIn = "signed-in";
    latest().hello();
    latest().says({ type: "reauthenticate" });
    await vi.advanceTimersByTimeAsync(1);
    expect(sockets).toHaveLength(2);
    expect(sockets[0]?.closed).toBe(false);
    expect(connection.send({ type: "ping", at: 1 })).toBe(true);
    expect(sockets[0]?.sent).toHaveLength(1);
    latest().hello();
    expect(sockets[0]?.closed).toBe(true);
    connection.send({ type: "ping", at: 2 });
    expect(sockets[1]?.sent).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(4_000);
    expect(sockets).toHaveLength(2);
    expect(statuses).toEqual(["live"]);
  });

  test("a socket that does not follow leaves the one that stands, until that ends", async () => {
    signedIn = "signed-in";
    latest().hello();
    latest().says({ type: "reauthenticate" });
    await vi.advanceTimersByTimeAsync(1);
    latest().ends(1006);
    expect(connection.send({ type: "ping", at: 1 })).toBe(true);
    sockets[0]?.ends(4401);
    await vi.advanceTimersByTimeAsync(500);
    latest().hello();
    expect(statuses).toEqual(["live", "reconnecting", "live"]);
  });

  test("a proof that cannot be renewed is said, while the socket still serves", async () => {
    signedIn = "signed-out";
    latest().hello();
    latest().says({ type: "reauthenticate" });
    await vi.advanceTimersByTimeAsync(1);
    expect(statuses).toEqual(["live", "signed-out"]);
    expect(sockets).toHaveLength(1);
    expect(sockets[0]?.closed).toBe(false);
    latest().ends(4401);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sockets).toHaveLength(1);
    signedIn = "signed-in";
    connection.nudge();
    await vi.advanceTimersByTimeAsync(1);
    latest().hello();
    expect(statuses.at(-1)).toBe("live");
  });

  test("who signs out is left alone, also where the proxy still knows them", async () => {
    signedIn = "signed-in";
    latest().hello();
    connection.leave();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sockets).toHaveLength(1);
    expect(sockets[0]?.closed).toBe(true);
    expect(statuses).toEqual(["live", "signed-out"]);
  });

  test("a nudge finds a dead socket within seconds", async () => {
    latest().hello();
    connection.nudge();
    await vi.advanceTimersByTimeAsync(3_500);
    expect(sockets.length).toBeGreaterThan(1);
  });

  test("a nudge does not wait for the backoff", () => {
    latest().hello();
    latest().ends(1006);
    expect(sockets).toHaveLength(1);
    connection.nudge();
    expect(sockets).toHaveLength(2);
  });
});
