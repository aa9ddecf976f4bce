import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { onTestFinished } from "vitest";

/** How often each pod is asked whether it is ready, in ms. */
const LOOK_MS = 50;

/** A pod as a load balancer knows it. */
export interface Pod {
  readonly url: string;
  readonly adminUrl: string;
}

/** One address before many pods. */
export interface Balancer {
  readonly url: string;
  /** Pods that take new connections. */
  readonly ready: readonly Pod[];
  add(pod: Pod): void;
  remove(pod: Pod): void;
}

/** Forwards connections to pods that say on `/readyz` that they are ready, each in its turn. */
export async function startBalancer(): Promise<Balancer> {
  const pods = new Set<Pod>();
  let ready: readonly Pod[] = [];
  let turn = 0;
  let closed = false;
  const sockets = new Set<Socket>();

  async function isReady({ adminUrl }: Pod): Promise<boolean> {
    const signal = AbortSignal.timeout(1_000);
    return await fetch(`${adminUrl}/readyz`, { signal }).then(
      ({ ok }) => ok,
      () => false,
    );
  }

  async function look(): Promise<void> {
    while (!closed) {
      const all = [...pods];
      const answers = await Promise.all(all.map(isReady));
      ready = all.filter((pod, at) => answers[at] && pods.has(pod));
      await sleep(LOOK_MS);
    }
  }

  /** Connects to the next ready pod; one that refuses is passed over. */
  function forward(client: Socket, tries: number): void {
    turn += 1;
    const pod = ready[turn % Math.max(1, ready.length)];
    if (pod === undefined || tries === 0) {
      client.destroy();
      return;
    }
    const upstream = connect(Number(new URL(pod.url).port), "127.0.0.1");
    const refused = () => forward(client, tries - 1);
    upstream.once("error", refused);
    upstream.once("connect", () => {
      upstream.off("error", refused);
      for (const [one, other] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        sockets.add(one);
        one.on("error", () => undefined);
        one.pipe(other);
        one.once("close", () => {
          sockets.delete(one);
          other.destroy();
        });
      }
    });
  }

  const server = createServer((client) => {
    client.on("error", () => undefined);
    forward(client, 5);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  look().catch(() => undefined);
  onTestFinished(async () => {
    closed = true;
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, "close");
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get ready() {
      return ready;
    },
    add: (pod) => void pods.add(pod),
    remove: (pod) => void pods.delete(pod),
  };
}
