import { createPublicKey } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type JWK, SignJWT, UnsecuredJWT } from "jose";
import { describe, expect, it } from "vitest";
import {
  type IdentityProvider,
  type ProofOptions,
  startIdentityProvider,
} from "../../test/identity-provider.ts";
import { ChatError } from "../domain/errors.ts";
import { IdentityRefused } from "../domain/identity.ts";
import { createKeys } from "./keys.ts";
import { createLoadKeys } from "./load-keys.ts";
import { createProofVerifier, type ProofRules } from "./verifier.ts";

const HUNDRED_YEARS = 100 * 365 * 86_400;

interface Clocks {
  /** Of the verifier, in ms ahead of true time. */
  ahead: number;
  /** Of its patience, in ms. */
  passed: number;
}

async function setUp(rules: Partial<ProofRules> = {}, source?: string, isUp = true) {
  const provider = await startIdentityProvider(isUp);
  const clocks: Clocks = { ahead: 0, passed: 0 };
  const errors: unknown[] = [];
  const verifier = createProofVerifier(
    {
      issuer: provider.issuer,
      audience: [provider.audience],
      algorithms: ["RS256", "PS256", "ES256", "ES384", "EdDSA"],
      claim: "sub",
      groupsClaim: "groups",
      clockToleranceSeconds: 30,
      ...rules,
    },
    createKeys({
      load: createLoadKeys(rules.issuer ?? provider.issuer, source),
      onError: (error) => errors.push(error),
      now: () => clocks.passed,
    }),
    () => Date.now() + clocks.ahead,
  );
  /** Why a proof is refused, or whom it names. */
  const meaning = (proof: string) =>
    verifier.verify(proof).then(
      ({ subject }) => `proves ${subject}`,
      (error: unknown) => {
        if (error instanceof IdentityRefused) return error.reason;
        if (error instanceof ChatError) return error.code;
        throw error;
      },
    );
  return { provider, verifier, clocks, errors, meaning };
}

describe("a proof of identity", () => {
  it("names the user, their sign-in and groups, and how they are called", async () => {
    const { provider, verifier } = await setUp();
    const claims = { name: "Zoë 李", email: "zoe@example.test", groups: ["dev", "a,b"], sid: "s1" };
    const proof = await verifier.verify(await provider.proofOf(" zoe ", claims));
    expect(proof).toMatchObject({
      subject: " zoe ",
      name: "Zoë 李",
      email: "zoe@example.test",
      groups: ["dev", "a,b"],
      signIn: { id: expect.stringMatching(/^[\w-]{43}$/) },
    });
    const { issuedAt, endsAt, refusedAt } = proof.signIn;
    expect(endsAt - issuedAt * 1_000).toBe(300_000);
    expect(refusedAt - endsAt).toBe(30_000);
  });

  it("leaves out an address that nobody has verified, and names that cannot be shown", async () => {
    const { provider, verifier } = await setUp();
    const claims = { email: "x@example.test", email_verified: false, name: "a\nb", groups: "one" };
    const { email, name, groups } = await verifier.verify(await provider.proofOf("alice", claims));
    expect({ email, name, groups }).toEqual({ groups: ["one"] });
  });

  it("keeps its sign-in when it is refreshed, and has another after a new one", async () => {
    const { provider, verifier } = await setUp();
    const idOf = async (claims: object, issuedIn: number) =>
      (await verifier.verify(await provider.proofOf("alice", { ...claims }, { issuedIn }))).signIn
        .id;
    for (const session of [{ sid: "s1" }, { auth_time: 1_700_000_000 }]) {
      expect(await idOf(session, -9)).toBe(await idOf(session, -1));
    }
    expect(await idOf({ sid: "s1" }, 0)).not.toBe(await idOf({ sid: "s2" }, 0));
    expect(await idOf({}, -2)).not.toBe(await idOf({}, -1));
  });

  it("may name the user in another claim", async () => {
    const { provider, meaning } = await setUp({ claim: "email" });
    expect(await meaning(await provider.proofOf("u1", { email: "a@example.test" }))).toBe(
      "proves a@example.test",
    );
    expect(await meaning(await provider.proofOf("u1"))).toBe("proof_malformed");
    expect(await meaning(await provider.proofOf("u1", { email: 7 }))).toBe("proof_malformed");
  });

  it.each<[string, Record<string, unknown>, ProofOptions]>([
    ["proof_issuer", { iss: "https://evil.test" }, {}],
    ["proof_audience", { aud: "another" }, {}],
    ["proof_audience", { aud: ["chatbot", "another"] }, {}],
    ["proof_audience", { aud: ["chatbot", "another"], azp: "another" }, {}],
    ["proves alice", { aud: ["chatbot", "another"], azp: "chatbot" }, {}],
    ["proves alice", { aud: ["chatbot"] }, {}],
    ["proof_expired", {}, { issuedIn: -300, expiresIn: -31 }],
    ["proves alice", {}, { issuedIn: -300, expiresIn: -20 }],
    ["proof_early", {}, { issuedIn: 40 }],
    ["proves alice", {}, { issuedIn: 20 }],
    ["proof_early", { nbf: Math.floor(Date.now() / 1_000) + HUNDRED_YEARS }, {}],
    ["proof_malformed", {}, { without: ["exp"] }],
    ["proof_malformed", {}, { without: ["iat"] }],
    ["proof_malformed", {}, { without: ["sub"] }],
    ["proof_issuer", {}, { without: ["iss"] }],
    ["proof_audience", {}, { without: ["aud"] }],
    ["proof_kind", {}, { header: { typ: "at+jwt" } }],
    ["proof_kind", {}, { header: { typ: "application/at+JWT" } }],
    ["proof_kind", {}, { header: { typ: "logout+jwt" } }],
    ["proof_kind", { typ: "Bearer" }, {}],
    ["proof_kind", { events: {} }, {}],
    ["proves alice", { typ: "ID" }, { header: { typ: "JWT" } }],
    ["proof_malformed", {}, { header: { crit: ["exp"], exp: 1 } }],
    ["proof_signature", {}, { header: { kid: "unknown" } }],
  ])("is judged as %s: %j %j", async (reason, claims, options) => {
    const { provider, meaning } = await setUp();
    const proof = await provider.proofOf("alice", claims, options).catch(String);
    expect(await meaning(proof)).toBe(reason);
  });

  it("of an issuer with a slash at its end is not one without", async () => {
    const { provider, meaning } = await setUp();
    expect(await meaning(await provider.proofOf("alice", { iss: `${provider.issuer}/` }))).toBe(
      "proof_issuer",
    );
  });

  it("is refused as none, and as signed with what everyone knows", async () => {
    const { provider, meaning } = await setUp({}, undefined);
    const claims = { iss: provider.issuer, aud: provider.audience, sub: "alice" };
    const unsigned = new UnsecuredJWT(claims).setIssuedAt().setExpirationTime("5m").encode();
    expect(await meaning(unsigned)).toMatch(/^proof_(malformed|signature)$/);
    const { keys } = (await provider.keys()) as { keys: [JWK & { kid: string }] };
    const pem = createPublicKey({ key: keys[0], format: "jwk" }).export({
      type: "spki",
      format: "pem",
    });
    const confused = await new SignJWT(claims)
      .setProtectedHeader({ alg: "HS256", kid: keys[0].kid })
      .setIssuedAt()
      .setExpirationTime("5m")
      .sign(Buffer.from(pem));
    expect(await meaning(confused)).toBe("proof_signature");
    const good = await provider.proofOf("alice");
    const [head = "", body = "", signature = ""] = good.split(".");
    const other = Buffer.from(JSON.stringify({ ...claims, sub: "mallory" })).toString("base64url");
    expect(await meaning(`${head}.${other}.${signature}`)).toBe("proof_signature");
    expect(await meaning(`${head}.${body}`)).toBe("proof_malformed");
    expect(await meaning("a.b.c.d.e")).toBe("proof_malformed");
  });

  it("is checked once, and again as soon as it ends", async () => {
    const { provider, verifier, clocks, meaning } = await setUp({ clockToleranceSeconds: 0 });
    const proof = await provider.proofOf("alice", {}, { expiresIn: 50 });
    const tries: number[] = [];
    for (const time of [1, 2, 3]) await verifier.verify(proof, () => void tries.push(time));
    expect(tries).toEqual([1]);
    clocks.ahead = 51_000;
    expect(await meaning(proof)).toBe("proof_expired");
  });

  it("that is new is not even looked at where it may not be tried", async () => {
    const { provider, verifier } = await setUp();
    const stop = () => {
      throw new ChatError("limited", "enough");
    };
    await expect(verifier.verify(await provider.proofOf("alice"), stop)).rejects.toThrow("enough");
    expect(provider.keysAsked).toBe(0);
  });
});

describe("the keys of the issuer", () => {
  it("are waited for while it is down, and found when it is there", async () => {
    const { provider, clocks, meaning, errors } = await setUp({}, undefined, false);
    const proof = await provider.proofOf("alice");
    expect(await meaning(proof)).toBe("unavailable");
    expect(errors).toHaveLength(1);
    await provider.comeBack();
    expect(await meaning(proof)).toBe("unavailable");
    expect(errors).toHaveLength(1);
    clocks.passed += 2_001;
    expect(await meaning(proof)).toBe("proves alice");
  });

  it("are asked for once, however many wait", async () => {
    const { provider, verifier } = await setUp();
    const proofs = await Promise.all(["a", "b", "c"].map((user) => provider.proofOf(user)));
    await Promise.all(proofs.map((proof) => verifier.verify(proof)));
    expect(provider.keysAsked).toBe(1);
  });

  it("stand when it goes away later, and are renewed when it is back", async () => {
    const { provider, clocks, meaning, errors } = await setUp();
    expect(await meaning(await provider.proofOf("alice"))).toBe("proves alice");
    await provider.goAway();
    clocks.passed += 24 * 3_600_000;
    expect(await meaning(await provider.proofOf("bob"))).toBe("proves bob");
    await expect.poll(() => errors.length).toBe(1);
    await provider.comeBack();
    clocks.passed += 600_001;
    expect(await meaning(await provider.proofOf("carol"))).toBe("proves carol");
    await expect.poll(() => provider.keysAsked).toBe(2);
  });

  it("are asked for again when one is unknown, but not by everyone who names one", async () => {
    const { provider, clocks, meaning } = await setUp();
    const old = await provider.proofOf("alice");
    expect(await meaning(old)).toBe("proves alice");
    await provider.rotate();
    expect(await meaning(await provider.proofOf("bob"))).toBe("proves bob");
    expect(provider.keysAsked).toBe(2);
    const forged = () => provider.proofOf("mallory", {}, { header: { kid: crypto.randomUUID() } });
    for (let time = 0; time < 20; time += 1) {
      expect(await meaning(await forged())).toBe("proof_signature");
    }
    expect(provider.keysAsked).toBe(2);
    await provider.rotate();
    const fresh = await provider.proofOf("carol");
    expect(await meaning(fresh)).toBe("proof_signature");
    clocks.passed += 30_001;
    expect(await meaning(fresh)).toBe("proves carol");
  });

  it("that it no longer has do not count a minute later", async () => {
    const { provider, clocks, meaning } = await setUp();
    const proof = await provider.proofOf("alice");
    expect(await meaning(proof)).toBe("proves alice");
    await provider.rotate();
    await meaning(await provider.proofOf("bob"));
    clocks.ahead = 60_001;
    expect(await meaning(proof)).toBe("proof_signature");
  });

  it.each<[string, NonNullable<IdentityProvider["misbehave"]>]>([
    [
      "another issuer",
      (path, response) =>
        answer(path, response, "/.well", {
          issuer: "http://evil.test",
          jwks_uri: "http://evil.test/keys",
        }),
    ],
    ["no JSON", (_path, response) => Boolean(response.end("<html>"))],
    ["an error", (_path, response) => Boolean(response.writeHead(500).end())],
    [
      "a redirect",
      (_path, response) =>
        Boolean(response.writeHead(302, { Location: "http://127.0.0.1:9/" }).end()),
    ],
    ["too much", (_path, response) => Boolean(response.end(" ".repeat(600 * 1024)))],
    [
      "secrets",
      (path, response) => answer(path, response, "/keys", { keys: [{ kty: "oct", k: "AAAA" }] }),
    ],
    [
      "too many keys",
      (path, response) =>
        answer(path, response, "/keys", { keys: new Array(101).fill({ kty: "RSA" }) }),
    ],
  ])("are none where it answers with %s", async (_what, misbehave) => {
    const { provider, meaning, errors } = await setUp();
    provider.misbehave = misbehave;
    expect(await meaning(await provider.proofOf("alice"))).toBe("unavailable");
    expect(errors).toHaveLength(1);
  });

  it("may stand in a file, for sites without a way out", async () => {
    const file = join(mkdtempSync(join(tmpdir(), "keys-")), "jwks.json");
    const { provider, clocks, meaning } = await setUp({}, file);
    writeFileSync(file, JSON.stringify(await provider.keys()));
    await provider.goAway();
    expect(await meaning(await provider.proofOf("alice"))).toBe("proves alice");
    await provider.rotate();
    writeFileSync(file, JSON.stringify(await provider.keys()));
    clocks.passed += 30_001;
    expect(await meaning(await provider.proofOf("bob"))).toBe("proves bob");
    expect(provider.keysAsked).toBe(0);
  });

  it("may be several without a name, and then any of them may have signed", async () => {
    const file = join(mkdtempSync(join(tmpdir(), "keys-")), "jwks.json");
    const { provider, meaning } = await setUp({}, file);
    type Keys = { keys: { kid?: string }[] };
    const nameless = async () =>
      ((await provider.keys()) as Keys).keys.map(({ kid: _, ...key }) => key);
    const first = await nameless();
    await provider.rotate();
    const keys = [...first, ...(await nameless())];
    writeFileSync(file, JSON.stringify({ keys }));
    expect(await meaning(await provider.proofOf("alice", {}, { header: { kid: undefined } }))).toBe(
      "proves alice",
    );
    await provider.rotate();
    expect(await meaning(await provider.proofOf("alice", {}, { header: { kid: undefined } }))).toBe(
      "proof_signature",
    );
  });
});

function answer(
  path: string,
  response: Parameters<NonNullable<IdentityProvider["misbehave"]>>[1],
  start: string,
  body: object,
): boolean {
  if (!path.startsWith(start)) return false;
  response.end(JSON.stringify(body));
  return true;
}
