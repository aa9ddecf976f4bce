import * as z from "zod/mini";
import type { Redis } from "../../src/persistence/redis.ts";
import type { RedisCommands } from "../../src/persistence/topology.ts";

/** A place between two calls to the store. */
export const Boundary = z.object({
  /** As calls are named: a script or a command, and the kind of key that it is about. */
  call: z.string(),
  /** Which of the calls of that name, from 1. */
  nth: z.number(),
  when: z.enum(["before", "after"]),
});
export type Boundary = z.infer<typeof Boundary>;

export interface CallsOptions {
  readonly records: boolean;
  readonly boundary?: Boundary | undefined;
}

/**
 * The store with every call named: scripts, plain commands, those of redis-om and LangChain among
 * them, and subscriptions. Kills this process at the boundary.
 */
export function watchCalls(
  redis: Redis,
  { records, boundary }: CallsOptions,
  onCall: (call: string) => void,
): Redis {
  if (!records && boundary === undefined) return redis;
  const made = new Map<string, number>();
  /** What a store that lost writes gets again is a call of another kind. */
  let healing = false;

  async function die(call: string, nth: number, when: Boundary["when"]): Promise<void> {
    if (boundary?.call !== call || boundary.nth !== nth || boundary.when !== when) return;
    process.kill(process.pid, "SIGKILL");
    await new Promise(() => undefined);
  }

  async function between<Reply>(call: string, make: () => Promise<Reply>): Promise<Reply> {
    const nth = (made.get(call) ?? 0) + 1;
    made.set(call, nth);
    if (records) onCall(call);
    await die(call, nth, "before");
    const reply = await make();
    await die(call, nth, "after");
    return reply;
  }

  function nameOf(script: string, args: readonly (string | number)[]): string {
    if (script === "hold") return `hold ${args[0]}`;
    return script === "append" && healing ? "append again" : script;
  }

  /** Commands on keys of ours, which are told by their first argument. */
  function commands(client: RedisCommands): RedisCommands {
    return new Proxy(client, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => {
          const [first] = args.flat();
          const kind = typeof first === "string" ? /^chatbot:(\w+)/.exec(first)?.[1] : undefined;
          const make = () => value.apply(target, args);
          return kind === undefined ? make() : between(`${String(name)} ${kind}`, make);
        };
      },
    });
  }

  return Object.assign(Object.create(redis), {
    client: commands(redis.client),
    run: <Result>(command: (client: RedisCommands) => Promise<Result>) =>
      redis.run((client) => command(commands(client))),
    script: (name: string, keys: readonly string[], args: readonly (string | number)[]) =>
      between(nameOf(name, args), async () => {
        const reply = await redis.script(name, keys, args);
        const refusable = name === "append" || name === "finish";
        if (refusable) healing ||= JSON.stringify(reply).includes("MISMATCH");
        return reply;
      }),
    subscribe: (...args: Parameters<Redis["subscribe"]>) =>
      between("subscribe", () => redis.subscribe(...args)),
  });
}
