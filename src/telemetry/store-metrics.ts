import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** How long a scrape waits for the queue's figures, in ms; and how long they are good for. */
const DEADLINE_MS = 1_000;
const FRESH_MS = 5_000;

/** What waits for workers, as the store tells it. */
export interface BacklogFigures {
  readonly queued: number;
  readonly leased: number;
  readonly oldestMs: number;
}

export interface StoreFigures {
  readonly connected: () => boolean;
  readonly readBacklog: () => Promise<BacklogFigures>;
}

interface BacklogGauge {
  readonly name: string;
  readonly help: string;
  readonly value: (backlog: BacklogFigures) => number;
}

/** Counts what the store is asked, and shows what waits in it, in `registry`. */
export function createStoreMetrics(registry: Registry) {
  const registers = [registry];
  const seconds = new Histogram({
    name: "chatbot_redis_command_seconds",
    help: "Time to Redis' reply, by script; all else is command. Failures are among them",
    labelNames: ["command"],
    buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.03, 0.1, 0.3, 1, 2],
    registers,
  });
  const errors = new Counter({
    name: "chatbot_redis_errors_total",
    help: "Commands that failed, or got no reply in time, by script",
    labelNames: ["command"],
    registers,
  });
  const losses = new Counter({
    name: "chatbot_redis_connection_errors_total",
    help: "Connections that were lost, and attempts to connect that failed",
    registers,
  });
  errors.inc({ command: "command" }, 0);
  // A child of its own for each script: to look one up by its labels costs more than to observe.
  const timers = new Map<string, ReturnType<typeof seconds.labels>>();
  function timerOf(command: string) {
    const known = timers.get(command);
    if (known !== undefined) return known;
    const timer = seconds.labels({ command });
    timers.set(command, timer);
    return timer;
  }

  return {
    replied(command: string, ms: number, failed: boolean): void {
      timerOf(command).observe(ms / 1_000);
      if (failed) errors.inc({ command });
    },
    connectionFailed: () => losses.inc(),
    /** Once there is a store. */
    watch({ connected, readBacklog }: StoreFigures): void {
      const read = createSample(readBacklog);
      new Gauge({
        name: "chatbot_redis_connected",
        help: "1 while there is a connection for commands",
        registers,
        collect() {
          this.set(connected() ? 1 : 0);
        },
      });
      const figures: readonly BacklogGauge[] = [
        {
          name: "chatbot_queue_length",
          help: "Questions that wait for a worker. Every process tells of the same queue: take the max",
          value: ({ queued }) => queued,
        },
        {
          name: "chatbot_queue_oldest_seconds",
          help: "How long the oldest of those waits that are next in line. The same from every process: take the max",
          value: ({ oldestMs }) => oldestMs / 1_000,
        },
        {
          name: "chatbot_leases",
          help: "Generations that workers hold, all together. The same from every process: take the max",
          value: ({ leased }) => leased,
        },
      ];
      for (const { name, help, value } of figures) {
        new Gauge({
          name,
          help,
          registers,
          async collect() {
            const backlog = await read();
            // No figure is better than one of before the store went away.
            if (backlog === undefined) this.remove();
            else this.set(value(backlog));
          },
        });
      }
    },
  };
}

/** One read at a time, none more often than its result is fresh; undefined where there is none in time. */
function createSample(
  readBacklog: () => Promise<BacklogFigures>,
): () => Promise<BacklogFigures | undefined> {
  let last: { readonly at: number; readonly backlog: BacklogFigures | undefined } | undefined;
  let reading: Promise<void> | undefined;

  async function readNow(): Promise<void> {
    const backlog = await readBacklog().catch(() => undefined);
    last = { at: performance.now(), backlog };
  }

  return async () => {
    const fresh = () => last !== undefined && performance.now() - last.at < FRESH_MS;
    if (!fresh()) {
      reading ??= readNow().finally(() => {
        reading = undefined;
      });
      const { promise: late, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, DEADLINE_MS);
      await Promise.race([reading, late]);
      clearTimeout(timer);
    }
    return fresh() ? last?.backlog : undefined;
  };
}
