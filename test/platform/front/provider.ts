import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import Provider, { type Adapter, type AdapterPayload } from "oidc-provider";
import { onTestFinished } from "vitest";

/** Who has an account; the name of each is a button of the sign-in page. */
const ACCOUNTS = {
  alice: { sub: "u-alice", email: "alice@example.test", email_verified: true, name: "Alice" },
  bob: { sub: "u-bob", email: "bob@example.test", email_verified: true, name: "Bob" },
};

export type Account = keyof typeof ACCOUNTS;

/** A real OpenID provider, on a port of its own. */
export interface OpenIdProvider {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** How often it gave new proofs for a refresh. */
  refreshes(): number;
  /** Forgets who is signed in, and every refresh that it promised. */
  endSessions(): void;
}

/** @param proofSeconds how long proofs and access last. */
export async function startProvider(
  redirectUri: string,
  proofSeconds = 600,
): Promise<OpenIdProvider> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = { clientId: "chatbot", clientSecret: "client-secret-of-a-test" };
  const kept = new Map<string, AdapterPayload>();
  let refreshes = 0;

  const provider = new Provider(issuer, {
    adapter: (kind: string) => adapterOf(kind, kept),
    clients: [
      {
        client_id: client.clientId,
        client_secret: client.clientSecret,
        redirect_uris: [redirectUri],
        grant_types: ["authorization_code", "refresh_token"],
        response_types: ["code"],
      },
    ],
    pkce: { required: () => true },
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    // The e-mail stands in the proof, too.
    conformIdTokenClaims: false,
    cookies: { keys: ["of-a-test"] },
    jwks: { keys: [{ ...newKey(), kid: "of-a-test", use: "sig", alg: "RS256" }] },
    ttl: {
      IdToken: proofSeconds,
      AccessToken: proofSeconds,
      RefreshToken: 3_600,
      Session: 3_600,
      Grant: 3_600,
      Interaction: 600,
    },
    rotateRefreshToken: true,
    features: { devInteractions: { enabled: false } },
    issueRefreshToken: (_context, relying) => relying.grantTypeAllowed("refresh_token"),
    findAccount: (_context, sub) => {
      const account = Object.values(ACCOUNTS).find((known) => known.sub === sub);
      return account && { accountId: sub, claims: () => account };
    },
    // Nobody is asked whether they consent.
    loadExistingGrant: async ({ oidc }) => {
      const grant = new oidc.provider.Grant({
        clientId: oidc.client?.clientId ?? "",
        accountId: oidc.session?.accountId ?? "",
      });
      grant.addOIDCScope("openid email profile");
      await grant.save();
      return grant;
    },
    interactions: { url: (_context, { uid }) => `/login/${uid}` },
  });
  provider.on("grant.success", ({ oidc }) => {
    if (oidc.params?.grant_type === "refresh_token") refreshes += 1;
  });
  provider.use(async (context, next) => {
    if (!context.path.startsWith("/login/")) return next();
    if (context.method === "GET") {
      const buttons = Object.keys(ACCOUNTS).map(
        (name) => `<button name="user" value="${name}">${name}</button>`,
      );
      context.type = "html";
      context.body = `<!doctype html><title>Sign in</title><form method="post">${buttons.join("")}</form>`;
      return;
    }
    let body = "";
    for await (const chunk of context.req) body += chunk;
    const account = ACCOUNTS[new URLSearchParams(body).get("user") === "bob" ? "bob" : "alice"];
    context.respond = false;
    await provider.interactionFinished(
      context.req,
      context.res,
      { login: { accountId: account.sub } },
      { mergeWithLastSubmission: false },
    );
  });
  server.on("request", provider.callback());

  return { issuer, ...client, refreshes: () => refreshes, endSessions: () => kept.clear() };
}

function newKey() {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return privateKey.export({ format: "jwk" });
}

/** Where the provider keeps things of one kind. */
function adapterOf(kind: string, kept: Map<string, AdapterPayload>): Adapter {
  const keyOf = (id: string) => `${kind}:${id}`;
  const find = async (wanted: (payload: AdapterPayload) => boolean) =>
    [...kept].find(([key, payload]) => key.startsWith(`${kind}:`) && wanted(payload))?.[1];
  return {
    upsert: async (id, payload) => void kept.set(keyOf(id), payload),
    find: async (id) => kept.get(keyOf(id)),
    findByUid: (uid) => find((payload) => payload.uid === uid),
    findByUserCode: (code) => find((payload) => payload.userCode === code),
    consume: async (id) => {
      const payload = kept.get(keyOf(id));
      if (payload !== undefined) payload.consumed = Math.floor(Date.now() / 1_000);
    },
    destroy: async (id) => void kept.delete(keyOf(id)),
    revokeByGrantId: async (grantId) => {
      for (const [key, payload] of kept) if (payload.grantId === grantId) kept.delete(key);
    },
  };
}
