import { connect } from "node:net";
import { createBudget } from "../budget.ts";
import { type Answer, createDoor } from "../door.ts";
import { type Check, failed, held, notChecked } from "../outcome.ts";

const ADMIN_PATHS = ["/metrics", "/livez", "/readyz"];
/** Encoded and doubled, as gateways sometimes undo them after they looked. */
const ADMIN_SPELLINGS = [...ADMIN_PATHS, "//metrics", "/%6detrics", "/api/../metrics", "/metrics/"];
const CONNECT_MS = 4_000;

/** What nobody should reach from where the run is. */
export const NEIGHBOUR_CHECKS: readonly Check[] = [
  {
    id: "admin-paths",
    what: "Asks the public address for what the admin port has: /metrics, /livez, /readyz",
    async run({ front, signedIn }) {
      for (const path of ADMIN_SPELLINGS) {
        for (const headers of signedIn === undefined ? [[]] : [[], signedIn.headers()]) {
          const answer = await front.call({ path, headers });
          if (isAdmin(answer)) {
            return failed(
              `${path} answers.`,
              "Route the public address to the app's port alone (8000), never to ADMIN_PORT.",
            );
          }
        }
      }
      return held("None of them is there.");
    },
  },
  {
    id: "admin-port",
    what: "Asks the admin port itself",
    async run({ options, signal }) {
      const { url, via, adminUrls } = options;
      const usual = new URL(`http://${(via ?? url).hostname}:9090`);
      for (const admin of adminUrls.length > 0 ? adminUrls : [usual]) {
        const { ca, insecure } = options;
        const door = createDoor({ url: admin, ca, insecure, budget: createBudget(10, 20_000) });
        for (const path of ADMIN_PATHS) {
          const answer = await door.call({ path, deadlineMs: CONNECT_MS }).catch(() => undefined);
          signal.throwIfAborted();
          if (answer === undefined) break;
          if (isAdmin(answer)) {
            return failed(
              `${admin.origin}${path} answers.`,
              "Publish no Service, Ingress or load balancer for ADMIN_PORT, and let Prometheus alone reach it (network policy).",
            );
          }
        }
      }
      return held("It does not answer here.");
    },
  },
  {
    id: "app-reachable",
    what: "Connects to the app itself, past the proxy",
    async run({ app, options: { appUrl } }) {
      if (app === undefined || appUrl === undefined) {
        return notChecked("no address of the app was given (--app-url)");
      }
      const answer = await app.call({ path: "/", deadlineMs: CONNECT_MS }).catch(() => undefined);
      if (answer === undefined) return held("It does not answer here.");
      return failed(
        `${appUrl.origin} answers with ${answer.status}.`,
        "Let the proxy's pods alone reach the app (the network policy chatbot-web), and look whether your network plugin enforces policies.",
      );
    },
  },
  {
    id: "redis",
    what: "Connects to Redis",
    async run({ options: { redis } }) {
      if (redis === undefined) return notChecked("no address of Redis was given (--redis)");
      const said = await ping(redis.host, redis.port);
      if (said === undefined) return held("It does not answer here.");
      const open = said.includes("+PONG");
      return failed(
        open
          ? "It answers whoever comes, without a password: every conversation can be read and changed."
          : "It can be reached from here; it asks for a password.",
        `Let web, workers and oauth2-proxy alone reach it (the network policy chatbot-redis)${open ? ", and set a password" : ""}; look whether your network plugin enforces policies.`,
      );
    },
  },
  {
    id: "model-server",
    what: "Asks the model server for its figures, its models and an answer",
    async run({ options: { modelServer, ca, insecure }, signal }) {
      if (modelServer === undefined) {
        return notChecked("no address of the model server was given (--model-server)");
      }
      const budget = createBudget(10, 20_000);
      const door = createDoor({ url: modelServer, ca, insecure, budget });
      for (const path of ["/health", "/metrics", "/info", "/v1/models"]) {
        const answer = await door.call({ path, deadlineMs: CONNECT_MS }).catch(() => undefined);
        signal.throwIfAborted();
        if (answer === undefined) return held("It does not answer here.");
        if (answer.status < 400) {
          return failed(
            `${modelServer.origin}${path} answers with ${answer.status}.`,
            "Let workers and web alone reach it (the network policy chatbot-model-server): TGI checks no key on /metrics, /info and /health.",
          );
        }
      }
      return failed(
        "It can be reached from here; it refused what it was asked.",
        "Let workers and web alone reach it (the network policy chatbot-model-server).",
      );
    },
  },
];

/** Whether an answer can only be the admin port's; a page at the same path is none. */
function isAdmin({ status, body }: Answer): boolean {
  return (
    /^# (HELP|TYPE) /m.test(body) ||
    ((status === 200 || status === 503) && /^\{"status":"[\w ]+"/.test(body))
  );
}

/** What Redis says to PING; undefined where nobody takes the connection. */
function ping(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    let connected = false;
    const done = (said: string | undefined) => {
      socket.destroy();
      resolve(said);
    };
    socket.setTimeout(CONNECT_MS, () => done(connected ? "" : undefined));
    socket.on("error", () => done(connected ? "" : undefined));
    socket.once("close", () => done(connected ? "" : undefined));
    socket.once("connect", () => {
      connected = true;
      socket.write("PING\r\n");
    });
    socket.once("data", (data) => done(data.toString("latin1").slice(0, 100)));
  });
}
