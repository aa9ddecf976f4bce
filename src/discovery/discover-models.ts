import { setTimeout as sleep } from "node:timers/promises";
import type { FoundModel, FoundModels } from "../domain/ports/found-model.ts";
import type { ApiServer } from "./api-server.ts";
import { MODEL_LABEL, readService } from "./read-service.ts";
import { reflect } from "./reflect.ts";
import { EndpointSlice, SERVICE_NAME, Service } from "./resources.ts";

/** Models of one namespace, at most: a picker is no catalogue of a hub. */
export const MAX_FOUND = 50;
/** Objects of one kind that are kept. */
const MAX_OBJECTS = 1_000;
/** How often it is tried to connect where even that fails, in ms. */
const CONNECT_PAUSE_MS = 10_000;

export interface DiscoveryOptions {
  /** @throws where there is no way to the API server. */
  readonly connect: () => Promise<ApiServer>;
  /** Where the keys of model servers are mounted. */
  readonly keysDirectory: string;
  /** Told of each change, of a server that is away too. */
  readonly onModels: (found: FoundModels) => void;
  /** Told once of what is wrong with a Service, until it changes; `service` is its name. */
  readonly onProblem: (service: string, problems: readonly string[]) => void;
  /** Told when the API server is lost, and `undefined` when it is back. */
  readonly onAway: (error: unknown) => void;
  readonly signal: AbortSignal;
  /** The shortest pause between two attempts, in ms. */
  readonly minPauseMs?: number;
}

/**
 * Looks for Services that say that they are models', and for what stands behind them, until `signal`
 * aborts. While the API server is away, what was known stays.
 */
export async function discoverModels(options: DiscoveryOptions): Promise<void> {
  const { connect, keysDirectory, onModels, onProblem, onAway, signal } = options;
  /** Of each kind: what went wrong last, and whether it was ever listed. */
  const away = new Set<string>();
  const listed = new Set<string>();
  const told = new Map<string, string>();
  let services: ReadonlyMap<string, Service> = new Map();
  let slices: ReadonlyMap<string, EndpointSlice> = new Map();
  let namespace = "";
  let last = "";

  function lost(kind: string, error: unknown): void {
    const first = away.size === 0;
    away.add(kind);
    if (!first) return;
    onAway(error);
    tell();
  }

  function found(kind: string): void {
    listed.add(kind);
    tell();
  }

  /** A list that can be had is not enough: without a watch the next change would not be seen. */
  function back(kind: string): void {
    if (!away.delete(kind) || away.size > 0) return;
    onAway(undefined);
    tell();
  }

  /** Says a thing about a Service once. */
  function complain(service: string, problems: readonly string[]): void {
    const words = problems.join();
    if (told.get(service) === words) return;
    told.set(service, words);
    onProblem(service, problems);
  }

  function read(): readonly FoundModel[] {
    const ready = new Set(
      [...slices.values()]
        .filter(({ endpoints }) => endpoints?.some(isReady))
        .map(({ metadata }) => metadata.labels?.[SERVICE_NAME]),
    );
    for (const name of told.keys()) if (!services.has(name)) told.delete(name);
    const read = [];
    for (const [name, service] of services) {
      if (service.metadata.labels?.[MODEL_LABEL] === "false") continue;
      const result = readService(service, { namespace, keysDirectory });
      if ("problems" in result) complain(name, result.problems);
      else read.push({ name, ...result });
    }
    read.sort((one, other) => one.order - other.order || (one.name < other.name ? -1 : 1));
    const models = new Map<string, FoundModel>();
    for (const { name, model } of read) {
      if (models.has(model.id)) complain(name, ["another Service has the same model id"]);
      else if (models.size === MAX_FOUND) complain(name, [`there are more than ${MAX_FOUND}`]);
      else {
        told.delete(name);
        models.set(model.id, { ...model, hasEndpoint: ready.has(name) });
      }
    }
    return [...models.values()];
  }

  function tell(): void {
    // Half of the picture is none; but a server that is away must be known to be.
    if (listed.size < 2 && away.size === 0) return;
    const state = away.size === 0 ? "live" : "away";
    const view: FoundModels = { state, models: listed.size < 2 ? [] : read() };
    const now = JSON.stringify(view);
    if (now === last) return;
    last = now;
    onModels(view);
  }

  const server = await connected();
  if (server === undefined) return;
  namespace = server.namespace;
  const common = {
    maxItems: MAX_OBJECTS,
    signal,
    ...(options.minPauseMs !== undefined && { minPauseMs: options.minPauseMs }),
  };
  await Promise.all([
    reflect({
      ...common,
      collection: server.collection("services", MODEL_LABEL),
      parse: (item) => Service.safeParse(item).data,
      onItems(items) {
        services = items;
        found("services");
      },
      onWatch: () => back("services"),
      onError: (error) => lost("services", error),
    }),
    // The control plane gives slices the labels of their Service.
    reflect({
      ...common,
      collection: server.collection("endpointslices", MODEL_LABEL),
      parse: (item) => EndpointSlice.safeParse(item).data,
      onItems(items) {
        slices = items;
        found("endpointslices");
      },
      onWatch: () => back("endpointslices"),
      onError: (error) => lost("endpointslices", error),
    }),
  ]);

  /** Tries until there is a way to the API server: a file that is missing may yet be mounted. */
  async function connected(): Promise<ApiServer | undefined> {
    while (!signal.aborted) {
      try {
        const server = await connect();
        back("connection");
        return server;
      } catch (error) {
        lost("connection", error);
      }
      await sleep(CONNECT_PAUSE_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
    return undefined;
  }
}

/** What says nothing of being ready is. */
function isReady({
  conditions,
}: NonNullable<NonNullable<EndpointSlice["endpoints"]>[number]>): boolean {
  return conditions?.ready ?? true;
}
