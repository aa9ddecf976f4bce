import { fileURLToPath } from "node:url";
import { createApp } from "../api/app.ts";
import type { Authenticated } from "../api/context.ts";
import { createHttpMetrics } from "../api/http-metrics.ts";
import { createImportConversation } from "../domain/import-conversation.ts";
import { createRegenerate } from "../domain/regenerate.ts";
import { createSendMessage } from "../domain/send-message.ts";
import { createShareConversation } from "../domain/share-conversation.ts";
import { createStopGeneration } from "../domain/stop-generation.ts";
import { GenerationId } from "../protocol/ids.ts";
import { createHub } from "../ws/hub.ts";
import { createSockets } from "../ws/sockets.ts";
import { closeGently } from "./close-gently.ts";
import { createEdge } from "./edge.ts";
import { listen, patienceFor, portOf } from "./listen.ts";
import { observeSocket } from "./observe-socket.ts";
import type { Parts } from "./parts.ts";

const WEB_ROOT = fileURLToPath(new URL("../../dist/web", import.meta.url));
/** Engines that need no model server. */
const DEMO_ENGINES: ReadonlySet<string> = new Set(["echo", "rules"]);

/** HTTP and sockets. */
export async function serveWeb(parts: Parts) {
  const { config, log, store, catalogue, branding, telemetry, draining } = parts;
  const { conversations, turns } = store;
  const newGenerationId = () => GenerationId.parse(crypto.randomUUID());
  const useCases = {
    sendMessage: createSendMessage({ turns, conversations, catalogue, newGenerationId }),
    regenerate: createRegenerate({ turns, conversations, catalogue, newGenerationId }),
    stopGeneration: createStopGeneration({ turns, conversations }),
    shareConversation: createShareConversation(store),
    importConversation: createImportConversation({ ...store, catalogue }),
  };
  const { readIdentity, ...edge } = createEdge(parts);
  const onError = (err: unknown) => log.error({ err }, "subscription failed");
  const hub = createHub({ ...store, onError, observer: telemetry.sockets.hub });
  telemetry.sockets.watch(hub);
  const sockets = createSockets<Authenticated>({
    ...useCases,
    ...edge,
    hub,
    live: store.live,
    maxFrameBytes: config.maxBodyBytes,
    openerOf: (c) => c.var,
    onCount: telemetry.sockets.count,
    observe: (c) => observeSocket(telemetry, log, c.var.identity.userId, c.var.requestId),
    onError: (err, requestId) => log.error({ err, requestId }, "frame failed"),
  });
  const app = createApp({
    ...useCases,
    ...store,
    ...edge,
    readIdentity,
    log,
    hub,
    catalogue,
    draining,
    metrics: createHttpMetrics(telemetry.registry),
    tracer: telemetry.tracer,
    userHash: telemetry.userHash,
    signOutUrl: config.signOutUrl,
    publicOrigin: config.publicOrigin,
    maxBodyBytes: config.maxBodyBytes,
    maxImportBytes: config.maxImportBytes,
    branding,
    features: {
      get demo() {
        const models = catalogue.models();
        return models.length > 0 && models.every(({ engine }) => DEMO_ENGINES.has(engine));
      },
      search: true,
      share: true,
      feedback: true,
      // Elsewhere the proxy would sign in again whoever has just signed out.
      signOut: config.signOutUrl !== undefined && config.auth.mode !== "dev",
    },
    socket: sockets.handler,
    webRoot: WEB_ROOT,
  });
  catalogue.onChange((models) => sockets.tell({ type: "models.changed", models: [...models] }));
  const server = await listen(
    app,
    config.host,
    config.port,
    sockets.server,
    patienceFor(config.maxImportBytes),
  );
  return {
    port: portOf(server),
    async drain() {
      // Existing connections finish what they ask; new ones go elsewhere.
      const closed = closeGently(server);
      await sockets.drain();
      hub.close();
      await closed;
    },
  };
}
