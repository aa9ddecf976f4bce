import { existsSync } from "node:fs";
import type {
  ConfigurationOptions,
  ObservableMiddleware,
  RequestContext,
  ResponseContext,
} from "@kubernetes/client-node";
import { type Collection, GoneError, type WatchEvent } from "./reflect.ts";

/** What a pod is given to prove who it is. */
const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount/token";
/** The longest wait for a list, in ms. */
const LIST_TIMEOUT_MS = 15_000;
/** How long the server is asked to keep a watch open, in seconds: a little more or less, at random. */
const WATCH_SECONDS = 300;
/** A watch that says nothing for that long is broken, in ms: the server sends a bookmark each minute. */
const SILENCE_MS = 90_000;
/** How many objects are asked for at once. */
const LIST_LIMIT = 1_000;

/** What can be watched. */
export type Kind = "services" | "endpointslices";

/** The API server of the cluster, as this pod may use it. */
export interface ApiServer {
  /** The pod's own. */
  readonly namespace: string;
  /** The objects of that kind in the namespace that have `label`. */
  collection(kind: Kind, label: string): Collection;
}

/**
 * Connects as the pod's service account, or as `kubeconfig` says, a file's path. The client library is
 * loaded only here: it costs about 90 MB of memory and half a second.
 * @throws Error where there is no service account, or no namespace.
 */
export async function connectApiServer(kubeconfig: string | undefined): Promise<ApiServer> {
  const library = await import("@kubernetes/client-node");
  const { CoreV1Api, DiscoveryV1Api, KubeConfig, Observable, Watch } = library;
  const config = new KubeConfig();
  if (kubeconfig !== undefined) config.loadFromFile(kubeconfig);
  else if (existsSync(SERVICE_ACCOUNT)) config.loadFromCluster();
  else throw new Error("The pod has no service account token: mount it.");
  const namespace = config.getContextObject(config.getCurrentContext())?.namespace?.trim();
  if (!namespace) throw new Error("The service account or kubeconfig names no namespace.");
  const core = config.makeApiClient(CoreV1Api);
  const discovery = config.makeApiClient(DiscoveryV1Api);

  const paths: Readonly<Record<Kind, string>> = {
    services: `/api/v1/namespaces/${encodeURIComponent(namespace)}/services`,
    endpointslices: `/apis/discovery.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/endpointslices`,
  };

  /** Ends a request with the signal, or when it takes too long. */
  function endedBy(signal: AbortSignal): ConfigurationOptions<ObservableMiddleware> {
    const either = AbortSignal.any([signal, AbortSignal.timeout(LIST_TIMEOUT_MS)]);
    const pre = (request: RequestContext) => {
      request.setSignal(either);
      return new Observable(Promise.resolve(request));
    };
    const post = (response: ResponseContext) => new Observable(Promise.resolve(response));
    return { middleware: [{ pre, post }], middlewareMergeStrategy: "append" };
  }

  return {
    namespace,
    collection: (kind, labelSelector) => ({
      async list(signal) {
        const wanted = { namespace, labelSelector, limit: LIST_LIMIT };
        const { items, metadata } = await (kind === "services"
          ? core.listNamespacedService(wanted, endedBy(signal))
          : discovery.listNamespacedEndpointSlice(wanted, endedBy(signal))
        ).catch(translate);
        return { items, version: metadata?.resourceVersion ?? "" };
      },
      watch: async (version, { onOpen, onEvent }, signal) => {
        const watch = new Watch(config);
        // Its own wait of 30 s is shorter than the server's pause between two bookmarks.
        Object.assign(watch, { requestTimeoutMs: SILENCE_MS });
        const query = {
          labelSelector,
          resourceVersion: version,
          allowWatchBookmarks: true,
          timeoutSeconds: Math.round(WATCH_SECONDS * (0.8 + Math.random() * 0.4)),
        };
        const over = Promise.withResolvers<void>();
        let ended = false;
        let refusal: Error | undefined;
        const onLine = (type: string, object: unknown) => {
          if (signal.aborted) return;
          const event = eventOf(type, object);
          if (event instanceof Error) refusal = event;
          else if (event !== undefined) onEvent(event);
        };
        const onDone = (error: unknown) => {
          ended = true;
          const silent = error instanceof Error && error.name === "TimeoutError";
          if (refusal !== undefined) over.reject(refusal);
          else if (error && !silent) over.reject(refusalOf(error));
          else over.resolve();
        };
        over.promise.catch(() => undefined);
        const request = await watch.watch(paths[kind], query, onLine, onDone);
        const abort = () => request.abort();
        signal.addEventListener("abort", abort);
        try {
          if (signal.aborted) abort();
          else if (!ended) onOpen();
          await over.promise;
        } finally {
          signal.removeEventListener("abort", abort);
        }
      },
    }),
  };
}

/** The library's error has the whole answer in its message, headers and all: that is not for a log. */
function translate(error: unknown): never {
  throw refusalOf(error);
}

function refusalOf(error: unknown): unknown {
  const code = codeOf(error);
  if (code === undefined) return error;
  return code === 410 ? new GoneError() : new RefusedError(code);
}

/** The API server answered, with something else than what was asked for. */
class RefusedError extends Error {
  override readonly name = "RefusedError";
  readonly status: number;

  constructor(status: number) {
    super(
      status === 403
        ? "The API server refuses: the service account lacks the Role of model discovery."
        : `The API server answered ${status}.`,
    );
    this.status = status;
  }
}

function codeOf(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const code = "statusCode" in error ? error.statusCode : "code" in error ? error.code : undefined;
  return typeof code === "number" ? code : undefined;
}

/** An event as `reflect` takes it; an error ends the watch. */
function eventOf(type: string, object: unknown): WatchEvent | Error | undefined {
  switch (type) {
    case "ADDED":
    case "MODIFIED":
      return { type: "put", item: object };
    case "DELETED":
      return { type: "delete", item: object };
    case "BOOKMARK": {
      const version = versionOf(object);
      return version === undefined ? undefined : { type: "bookmark", version };
    }
    case "ERROR": {
      const code = codeOf(object) ?? 500;
      return code === 410 ? new GoneError() : new RefusedError(code);
    }
    default:
      return undefined;
  }
}

function versionOf(object: unknown): string | undefined {
  if (typeof object !== "object" || object === null || !("metadata" in object)) return undefined;
  const { metadata } = object;
  if (typeof metadata !== "object" || metadata === null) return undefined;
  const version = "resourceVersion" in metadata ? metadata.resourceVersion : undefined;
  return typeof version === "string" && version !== "" ? version : undefined;
}
