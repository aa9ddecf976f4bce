import { createHash, generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { NODE_ADDRESS } from "../cluster/control-plane.ts";

/** An OpenID provider that signs whoever comes in as one person. */
export interface Issuer {
  readonly url: string;
  close(): Promise<void>;
}

/** Longer than a test. */
const LIFE_SECONDS = 3_600;

const base64 = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** Discovery, keys, the authorization code with PKCE and nonce, and refreshing: what oauth2-proxy asks of one. */
export async function startIssuer(port: number, subject: string): Promise<Issuer> {
  const url = `http://${NODE_ADDRESS}:${port}`;
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const codes = new Map<string, { nonce: string; challenge: string; client: string }>();

  function idToken(client: string, nonce?: string): string {
    const now = Math.floor(Date.now() / 1_000);
    const claims = { iss: url, sub: subject, aud: client, iat: now, exp: now + LIFE_SECONDS };
    const person = { email: `${subject}@example.com`, email_verified: true };
    const text = `${base64({ alg: "RS256", kid: "one" })}.${base64({ ...claims, ...person, nonce })}`;
    return `${text}.${sign("sha256", Buffer.from(text), privateKey).toString("base64url")}`;
  }

  function answer(form: URLSearchParams): object | undefined {
    const rest = { token_type: "Bearer", expires_in: LIFE_SECONDS };
    const fresh = () => ({ ...rest, access_token: randomUUID(), refresh_token: randomUUID() });
    if (form.get("grant_type") === "refresh_token") {
      return { ...fresh(), id_token: idToken("chatbot") };
    }
    const code = codes.get(form.get("code") ?? "");
    const verifier = form.get("code_verifier") ?? "";
    const challenge = createHash("sha256").update(verifier).digest("base64url");
    if (code?.challenge !== challenge) return undefined;
    return { ...fresh(), id_token: idToken(code.client, code.nonce) };
  }

  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", url);
    const json = (value: object | undefined) => {
      response.writeHead(value === undefined ? 400 : 200, { "content-type": "application/json" });
      response.end(JSON.stringify(value ?? { error: "invalid_grant" }));
    };
    if (pathname === "/.well-known/openid-configuration") {
      return json({
        issuer: url,
        authorization_endpoint: `${url}/authorize`,
        token_endpoint: `${url}/token`,
        jwks_uri: `${url}/jwks`,
        response_types_supported: ["code"],
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: ["RS256"],
        code_challenge_methods_supported: ["S256"],
      });
    }
    if (pathname === "/jwks") {
      const key = publicKey.export({ format: "jwk" });
      return json({ keys: [{ ...key, kid: "one", alg: "RS256", use: "sig" }] });
    }
    if (pathname === "/authorize") {
      const code = randomUUID();
      const of = (name: string) => searchParams.get(name) ?? "";
      codes.set(code, {
        nonce: of("nonce"),
        challenge: of("code_challenge"),
        client: of("client_id"),
      });
      const back = `${of("redirect_uri")}?code=${code}&state=${encodeURIComponent(of("state"))}`;
      return response.writeHead(302, { location: back }).end();
    }
    if (pathname !== "/token") return response.writeHead(404).end();
    let body = "";
    request.setEncoding("utf8").on("data", (text) => (body += text));
    request.once("end", () => json(answer(new URLSearchParams(body))));
    return undefined;
  });
  server.listen(port, NODE_ADDRESS);
  await once(server, "listening");
  return {
    url,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** Signs in as a browser does. @returns the cookie. @throws where it ends anywhere but signed in. */
export async function signIn(origin: string): Promise<string> {
  const cookies = new Map<string, string>();
  let at = `${origin}/oauth2/start?rd=%2F`;
  for (let steps = 0; steps < 5; steps += 1) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(at, { redirect: "manual", headers: cookie ? { cookie } : {} });
    await response.body?.cancel();
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === "") cookies.delete(name);
      else cookies.set(name, value);
    }
    const location = response.headers.get("location");
    if (response.status !== 302 || location === null) {
      throw new Error(`The sign-in ended at ${new URL(at).pathname} with ${response.status}.`);
    }
    const next = new URL(location, at);
    if (next.href === `${origin}/`) return [...cookies].map((one) => one.join("=")).join("; ");
    at = next.href;
  }
  throw new Error("The sign-in has no end.");
}
