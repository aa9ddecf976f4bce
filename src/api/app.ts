import { Hono, type MiddlewareHandler } from "hono";
import { createAwaitAnswer } from "../domain/await-answer.ts";
import { notFound } from "../domain/errors.ts";
import type { ImportConversation } from "../domain/import-conversation.ts";
import type { SubscriptionHub } from "../domain/ports/live.ts";
import type { Catalogue } from "../domain/ports/model.ts";
import type { Search } from "../domain/ports/search.ts";
import type {
  ConversationStore,
  FeedbackStore,
  MessageHistory,
  ShareStore,
} from "../domain/ports/store.ts";
import type { Regenerate } from "../domain/regenerate.ts";
import type { SendMessage } from "../domain/send-message.ts";
import type { ShareConversation } from "../domain/share-conversation.ts";
import type { StopGeneration } from "../domain/stop-generation.ts";
import type { LoadedBranding } from "./branding.ts";
import type { Authenticated, Log } from "./context.ts";
import { conversationRoutes } from "./conversations.ts";
import { docsRoutes } from "./docs.ts";
import { eventRoutes } from "./events.ts";
import { exportRoutes } from "./exports.ts";
import { feedbackRoutes } from "./feedback.ts";
import { generationRoutes } from "./generations.ts";
import type { HttpMetrics } from "./http-metrics.ts";
import { createIdentity, type IdentityConfig, identityMiddleware } from "./identity.ts";
import { messageRoutes } from "./messages.ts";
import { modelRoutes } from "./models.ts";
import { createOpenApi, type OpenApiDocument, openApiRoutes } from "./openapi.ts";
import { mount, type Route } from "./operation.ts";
import { answerProblem } from "./problem.ts";
import { requestLog } from "./request-log.ts";
import { sameOrigin } from "./same-origin.ts";
import { searchRoutes } from "./search.ts";
import { securityHeaders } from "./security-headers.ts";
import { sessionRoutes } from "./session.ts";
import { shareRoutes } from "./shares.ts";
import { SOCKET_PATH, socketRoutes } from "./socket.ts";
import { mountWebFiles } from "./web-files.ts";

/** What the HTTP side is built from. */
export interface AppDeps {
  readonly log: Log;
  readonly metrics: HttpMetrics;
  readonly auth: IdentityConfig;
  /** The one origin of the app, e.g. `https://chat.example`; unset: each request's own host. */
  readonly publicOrigin: string | undefined;
  readonly maxBodyBytes: number;
  readonly maxImportBytes: number;
  readonly branding: LoadedBranding;
  /** What `GET /api/session` says of this deployment. */
  readonly features: Readonly<Record<string, boolean>>;
  readonly conversations: ConversationStore;
  readonly history: MessageHistory;
  readonly shares: ShareStore;
  readonly feedback: FeedbackStore;
  readonly search: Search;
  readonly shareConversation: ShareConversation;
  readonly importConversation: ImportConversation;
  readonly catalogue: Catalogue;
  readonly hub: SubscriptionHub;
  readonly sendMessage: SendMessage;
  readonly regenerate: Regenerate;
  readonly stopGeneration: StopGeneration;
  /** Upgrades `GET /api/ws`, after origin and identity are checked; `identity` is in the context. */
  readonly socket: MiddlewareHandler<Authenticated>;
  /** Aborts when the process begins to drain. */
  readonly draining: AbortSignal;
  /** The folder of the built page. */
  readonly webRoot: string;
}

/** Every route of the API, the documentation's among them. */
export function createRoutes(deps: AppDeps): readonly Route[] {
  const { conversations, history, hub, draining, catalogue } = deps;
  const awaitAnswer = createAwaitAnswer({ hub, history });
  let document: OpenApiDocument | undefined;
  const openApi = () => {
    document ??= createOpenApi(routes);
    return document;
  };
  const routes: readonly Route[] = [
    ...sessionRoutes({ ...deps, branding: deps.branding.branding }),
    ...modelRoutes(catalogue),
    ...conversationRoutes(deps),
    ...messageRoutes({ ...deps, awaitAnswer }),
    ...generationRoutes(deps),
    ...feedbackRoutes(deps.feedback),
    ...searchRoutes(deps.search),
    ...shareRoutes(deps),
    ...exportRoutes(deps),
    ...eventRoutes({ conversations, hub, draining }),
    ...socketRoutes(deps.socket),
    ...openApiRoutes(openApi),
    ...docsRoutes(openApi, deps.publicOrigin),
  ];
  return routes;
}

/** The public HTTP app. Order matters: what comes first guards what comes later. */
export function createApp(deps: AppDeps): Hono<Authenticated> {
  const app = new Hono<Authenticated>();
  app.onError(answerProblem);
  app.notFound((c) =>
    isApi(c.req.path) ? answerProblem(notFound("address"), c) : c.text("Not found\n", 404),
  );

  app.use(requestLog(deps.log, deps.metrics));
  app.use(securityHeaders(deps.publicOrigin));
  app.use(async (c, next) => {
    // The server upgrades whatever a handler answers; anywhere else its answer would be lost.
    if (c.req.path !== SOCKET_PATH && c.req.header("upgrade")?.toLowerCase() === "websocket") {
      throw notFound("socket");
    }
    await next();
    // Clients are to come back to another process.
    if (deps.draining.aborted) c.header("Connection", "close");
  });

  app.use("/api/*", async (c, next) => {
    c.header("Cache-Control", "no-store");
    await next();
  });
  app.use("/api/*", sameOrigin(deps.publicOrigin, SOCKET_PATH));
  const routes = createRoutes(deps);
  const isOpen = ({ operation }: Route) => operation.open === true;
  mount(app, routes.filter(isOpen), deps.maxBodyBytes);
  app.use("/api/*", identityMiddleware(createIdentity(deps.auth), deps.metrics.identityRefused));
  mount(
    app,
    routes.filter((route) => !isOpen(route)),
    deps.maxBodyBytes,
  );
  app.all("/api/*", () => {
    throw notFound("address");
  });

  mountWebFiles(app, deps.webRoot, deps.branding);
  return app;
}

function isApi(path: string): boolean {
  return path === "/api" || path.startsWith("/api/");
}
