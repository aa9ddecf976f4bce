import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import { onTestFinished } from "vitest";
import { createCertificate } from "./certificate.ts";
import { serve } from "./serve.ts";

/** The namespace of all that it holds. */
const NAMESPACE = "chatbot";
const PATHS = {
  [`/api/v1/namespaces/${NAMESPACE}/services`]: "services",
  [`/apis/discovery.k8s.io/v1/namespaces/${NAMESPACE}/endpointslices`]: "endpointslices",
} as const;
type Kind = (typeof PATHS)[keyof typeof PATHS];

interface Stored {
  readonly metadata: Readonly<Record<string, unknown>> & {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly resourceVersion: string;
  };
}

interface OpenWatch {
  readonly kind: Kind;
  readonly response: ServerResponse;
  readonly selector: string;
}

/** A model's Service, as somebody applies it. */
export interface AppliedService {
  readonly name: string;
  readonly port: number;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly spec?: Readonly<Record<string, unknown>>;
}

/** A part of the API server, byte for byte: lists and watches of Services and EndpointSlices. */
export interface FakeApiServer {
  /** A kubeconfig that leads to it. */
  readonly kubeconfig: string;
  /** Requests so far, as `list services` or `watch endpointslices`. */
  readonly requests: readonly string[];
  /** The Authorization headers that came. */
  readonly proofs: ReadonlySet<string>;
  readonly watches: number;
  applyService(service: AppliedService): void;
  /** Says what stands behind a Service; its slices have its labels, as the control plane gives them. */
  setEndpoints(service: string, ready: readonly boolean[]): void;
  deleteService(name: string): void;
  bookmark(): void;
  /** Forgets what was: a watch from before is told so, by its status or, where it is open, by an event. */
  compact(): void;
  /** Breaks every connection off, in the middle of a line where there is one. */
  drop(): void;
  /** Answers everything with this status; 0 resets connections; undefined: all is well. */
  refuse(status: number | undefined, what?: "list" | "watch"): void;
}

export async function startApiServer(): Promise<FakeApiServer> {
  const objects: Record<Kind, Map<string, Stored>> = {
    services: new Map(),
    endpointslices: new Map(),
  };
  const history: { kind: Kind; type: string; object: Stored; version: number }[] = [];
  const watches = new Set<OpenWatch>();
  const requests: string[] = [];
  const proofs = new Set<string>();
  const labels = new Map<string, Readonly<Record<string, string>>>();
  let version = 100;
  let oldest = 0;
  let refusal: { status: number; what: string | undefined } | undefined;

  const selected = ({ metadata }: Stored, selector: string) =>
    selector === "" || Object.hasOwn(metadata.labels ?? {}, selector);
  const line = (type: string, object: unknown) => `${JSON.stringify({ type, object })}\n`;

  function record(kind: Kind, type: string, given: Omit<Stored, "metadata"> & object): void {
    version += 1;
    const { metadata, ...rest } = given as unknown as Stored;
    const object = { ...rest, metadata: { ...metadata, resourceVersion: String(version) } };
    if (type === "DELETED") objects[kind].delete(metadata.name);
    else objects[kind].set(metadata.name, object);
    history.push({ kind, type, object, version });
    for (const watch of watches) {
      if (watch.kind === kind && selected(object, watch.selector)) {
        watch.response.write(line(type, object));
      }
    }
  }

  function answer(response: ServerResponse, status: number, body: unknown): void {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  }
  const failure = (code: number) => ({
    ...{ kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure" },
    ...{ message: "no", reason: code === 410 ? "Expired" : "Forbidden", code },
  });

  function handle(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? "", "http://localhost");
    const kind = Object.entries(PATHS).find(([path]) => path === url.pathname)?.[1];
    proofs.add(request.headers.authorization ?? "none");
    const watching = url.searchParams.get("watch") === "true";
    const what = watching ? "watch" : "list";
    requests.push(`${what} ${kind}`);
    if (refusal && (refusal.what === undefined || refusal.what === what)) {
      if (refusal.status === 0) request.socket.destroy();
      else answer(response, refusal.status, failure(refusal.status));
      return;
    }
    if (kind === undefined || request.method !== "GET") {
      answer(response, 403, failure(403));
      return;
    }
    const selector = url.searchParams.get("labelSelector") ?? "";
    if (!watching) {
      const items = [...objects[kind].values()].filter((one) => selected(one, selector));
      const list = kind === "services" ? "ServiceList" : "EndpointSliceList";
      const apiVersion = kind === "services" ? "v1" : "discovery.k8s.io/v1";
      const metadata = { resourceVersion: String(version) };
      answer(response, 200, { kind: list, apiVersion, metadata, items });
      return;
    }
    const from = Number(url.searchParams.get("resourceVersion"));
    if (from < oldest) {
      answer(response, 410, failure(410));
      return;
    }
    response.writeHead(200, { "content-type": "application/json", "transfer-encoding": "chunked" });
    response.flushHeaders();
    for (const event of history) {
      if (event.kind === kind && event.version > from && selected(event.object, selector)) {
        response.write(line(event.type, event.object));
      }
    }
    const watch: OpenWatch = { kind, response, selector };
    watches.add(watch);
    response.once("close", () => watches.delete(watch));
  }

  function forSlice(name: string, ready: readonly boolean[]) {
    return {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: {
        name: `${name}-abcde`,
        namespace: NAMESPACE,
        labels: { ...labels.get(name), "kubernetes.io/service-name": name },
      },
      addressType: "IPv4",
      endpoints: ready.map((one) => ({ addresses: ["127.0.0.1"], conditions: { ready: one } })),
      ports: [],
    };
  }

  const { key, certificate } = createCertificate();
  const server = createServer({ key, cert: certificate }, handle);
  const { port } = new URL(await serve(server));
  onTestFinished(() => {
    for (const { response } of watches) response.destroy();
  });
  const cluster = {
    server: `https://localhost:${port}`,
    "certificate-authority-data": Buffer.from(certificate).toString("base64"),
  };
  const kubeconfig = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "fake", cluster }],
    users: [{ name: "pod", user: { token: "the-pods-own" } }],
    contexts: [{ name: "here", context: { cluster: "fake", user: "pod", namespace: NAMESPACE } }],
    "current-context": "here",
  };
  return {
    kubeconfig: JSON.stringify(kubeconfig),
    requests,
    proofs,
    get watches() {
      return watches.size;
    },
    applyService({ name, port, annotations = {}, labels: more = {}, spec = {} }) {
      const own = { "chatbot.dev/model": "true", ...more };
      labels.set(name, own);
      const type = objects.services.has(name) ? "MODIFIED" : "ADDED";
      record("services", type, {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name, namespace: NAMESPACE, labels: own, annotations },
        spec: { type: "ClusterIP", ports: [{ name: "http", port, protocol: "TCP" }], ...spec },
      });
      if (type === "ADDED") record("endpointslices", "ADDED", forSlice(name, []));
    },
    setEndpoints(name, ready) {
      record("endpointslices", "MODIFIED", forSlice(name, ready));
    },
    deleteService(name) {
      const service = objects.services.get(name);
      if (service) record("services", "DELETED", service);
      const slice = objects.endpointslices.get(`${name}-abcde`);
      if (slice) record("endpointslices", "DELETED", slice);
    },
    bookmark() {
      version += 1;
      for (const { kind, response } of watches) {
        const metadata = { resourceVersion: String(version) };
        response.write(line("BOOKMARK", { kind, metadata }));
      }
    },
    compact() {
      version += 10;
      oldest = version;
      for (const { response } of watches) response.end(line("ERROR", failure(410)));
      watches.clear();
    },
    drop() {
      for (const { response } of watches) {
        response.write('{"type":"MODIFIED","object":{"meta');
        response.socket?.destroy();
      }
      watches.clear();
    },
    refuse(status, what) {
      refusal = status === undefined ? undefined : { status, what };
      if (refusal) server.closeAllConnections();
    },
  };
}
