import { Hono, type MiddlewareHandler } from "hono";
import { createAwaitAnswer } from "../domain/await-answer.ts";
import { notFound } from "../domain/errors.ts";
import type { ImportConversation } from "../domain/import-conversation.ts";
import type { SignOuts } from "../domain/ports/identity.ts";
import type { SubscriptionHub } from "../domain/ports/live.ts";
import type { Catalogue } from "../domain/ports/model.ts";
import type { Search } from "../domain/ports/search.ts";
import type {
  ConversationStore,
  FeedbackStore,
  MessageHistory,
  ShareStore,
} from "../domain/ports/store.ts";
import type { Tracer } from "../domain/ports/trace.ts";
import type { Regenerate } from "../domain/regenerate.ts";
import type { TakeSeat } from "../domain/seats.ts";
import type { SendMessage } from "../domain/send-message.ts";
import type { ShareConversation } from "../domain/share-conversation.ts";
import type { BeginStay } from "../domain/stay.ts";
import type { StopGeneration } from "../domain/stop-generation.ts";
import type { LoadedBranding } from "./branding.ts";
import type { ClientAddress } from "./client-address.ts";
import type { Authenticated, Log } from "./context.ts";
import { conversationRoutes } from "./conversations.ts";
import { docsRoutes } from "./docs.ts";
import { eventRoutes } from "./events.ts";
import { exportRoutes } from "./exports.ts";
import { feedbackRoutes } from "./feedback.ts";
import { generationRoutes } from "./generations.ts";
import type { HttpMetrics } from "./http-metrics.ts";
import { identityMiddleware, type ReadIdentity } from "./identity.ts";
import { messageRoutes } from "./messages.ts";
import { modelRoutes } from "./models.ts";
import { createOpenApi, type OpenApiDocument, openApiRoutes } from "./openapi.ts";
import { mount, type Route } from "./operation.ts";
import { answerProblem } from "./problem.ts";
import { limitAddress, limitUser, type RequestLimits } from "./request-limits.ts";
import { requestLog } from "./request-log.ts";
import { sameOrigin } from "./same-origin.ts";
import { searchRoutes } from "./search.ts";
import { securityHeaders } from "./security-headers.ts";
import { sessionRoutes } from "./session.ts";
import { shareRoutes } from "./shares.ts";
import { signOutRoutes } from "./sign-out.ts";
import { SOCKET_PATH, socketRoutes } from "./socket.ts";
import { traceRequests } from "./trace-requests.ts";
import { mountWebFiles } from "./web-files.ts";

/** What the HTTP side is built from. */
export interface AppDeps {
  readonly log: Log;
  readonly metrics: HttpMetrics;
  readonly tracer: Tracer;
  /** What stands in the log for a user id. */
  readonly userHash: (userId: string) => string;
  readonly readIdentity: ReadIdentity;
  readonly clientAddress: ClientAddress;
  readonly limits: RequestLimits;
  readonly signOuts: SignOuts;
  /** Where the proxy ends a sign-in; undefined where it has no such address. */
  readonly signOutUrl: string | undefined;
  readonly beginStay: BeginStay;
  readonly takeSeat: TakeSeat;
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
  const { history, hub, catalogue } = deps;
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
    ...signOutRoutes(deps),
    ...eventRoutes(deps),
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

  app.use(requestLog(deps.log, deps.metrics, deps.userHash));
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
    c.header("Vary", "Origin, Sec-Fetch-Site");
    const peer = c.env?.incoming?.socket?.remoteAddress;
    c.set("address", deps.clientAddress(peer, c.req.header("x-forwarded-for")));
    await next();
  });
  app.use("/api/*", limitAddress(deps.limits));
  app.use("/api/*", traceRequests(deps.tracer));
  app.use("/api/*", sameOrigin(deps.publicOrigin, SOCKET_PATH));
  const routes = createRoutes(deps);
  const isOpen = ({ operation }: Route) => operation.open === true;
  mount(app, routes.filter(isOpen), deps.maxBodyBytes);
  app.use(
    "/api/*",
    identityMiddleware(deps.readIdentity, deps.metrics.identityRefused, deps.limits.failures),
    limitUser(deps.limits),
  );
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
