import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import { onTestFinished } from "vitest";

export interface ProofOptions {
  /** In seconds from now; of `iat` and `exp`. */
  readonly issuedIn?: number;
  readonly expiresIn?: number;
  readonly header?: Readonly<Record<string, unknown>>;
  /** Claims that are taken out again. */
  readonly without?: readonly string[];
}

/** An OpenID provider as far as an app sees it that never talks to people: discovery, keys, ID tokens. */
export interface IdentityProvider {
  readonly issuer: string;
  /** The client that its tokens are for. */
  readonly audience: string;
  /** How often its keys were asked for. */
  readonly keysAsked: number;
  /** Answers instead of it, where set. */
  misbehave: ((path: string, response: ServerResponse) => boolean) | undefined;
  /** An ID token of the key that stands now. */
  proofOf(subject: string, claims?: JWTPayload, options?: ProofOptions): Promise<string>;
  /** Signs with a new key from now on, and forgets the one before. */
  rotate(): Promise<void>;
  /** The keys as it would publish them. */
  keys(): Promise<object>;
  /** Refuses connections until `comeBack`. */
  goAway(): Promise<void>;
  comeBack(): Promise<void>;
}

/** @param isUp Whether it is there from the start. */
export async function startIdentityProvider(isUp = true): Promise<IdentityProvider> {
  const audience = "chatbot";
  let asked = 0;
  let pair = await newKey();
  let port = 0;
  const server = createServer((request, response) => {
    const path = request.url ?? "/";
    if (path === "/keys") asked += 1;
    if (provider.misbehave?.(path, response)) return;
    response.setHeader("Content-Type", "application/json");
    if (path === "/.well-known/openid-configuration") {
      response.end(
        JSON.stringify({ issuer: provider.issuer, jwks_uri: `${provider.issuer}/keys` }),
      );
    } else if (path === "/keys") {
      provider.keys().then(
        (keys) => response.end(JSON.stringify(keys)),
        (error: unknown) => response.destroy(error instanceof Error ? error : undefined),
      );
    } else response.writeHead(404).end();
  });
  const listen = async () => {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    port = (server.address() as AddressInfo).port;
  };
  const close = async () => {
    if (!server.listening) return;
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  };
  const provider: IdentityProvider = {
    get issuer() {
      return `http://127.0.0.1:${port}`;
    },
    audience,
    get keysAsked() {
      return asked;
    },
    misbehave: undefined,
    async proofOf(subject, claims = {}, options = {}) {
      const { issuedIn = 0, expiresIn = 300, header = {}, without = [] } = options;
      const now = Math.floor(Date.now() / 1_000);
      const whole: JWTPayload = {
        iss: provider.issuer,
        aud: audience,
        sub: subject,
        iat: now + issuedIn,
        exp: now + expiresIn,
        ...claims,
      };
      const left = Object.entries(whole).filter(([name]) => !without.includes(name));
      return await new SignJWT(Object.fromEntries(left))
        .setProtectedHeader({ alg: "RS256", kid: pair.kid, ...header })
        .sign(pair.privateKey);
    },
    async rotate() {
      pair = await newKey();
    },
    keys: async () => ({
      keys: [{ ...(await exportJWK(pair.publicKey)), kid: pair.kid, use: "sig", alg: "RS256" }],
    }),
    goAway: close,
    comeBack: listen,
  };
  await listen();
  if (!isUp) await close();
  onTestFinished(close);
  return provider;
}

async function newKey() {
  return { kid: crypto.randomUUID(), ...(await generateKeyPair("RS256", { extractable: true })) };
}
