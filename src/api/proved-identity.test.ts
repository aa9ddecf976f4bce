import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createTestApp } from "../../test/test-app.ts";
import { IdentityRefused } from "../domain/identity.ts";
import type { ProofVerifier } from "../domain/ports/identity.ts";
import { createIdentity, type IdentityConfig, type IdentityDeps } from "./identity.ts";
import { createProxySecret } from "./proxy-secret.ts";
import { createRequestLimits } from "./request-limits.ts";

const SIGN_IN = { id: "s1", issuedAt: 100, endsAt: 200_000, refusedAt: 230_000 };
/** Believes what is written on the proof. */
const verifier: ProofVerifier = {
  async verify(proof, mayTry) {
    mayTry?.();
    if (proof === "forged") throw new IdentityRefused("proof_signature");
    const subject = Buffer.from(proof, "base64url").toString();
    return { subject, name: "Zoë", groups: ["dev"], signIn: SIGN_IN };
  },
};
const proofOf = (subject: string) => Buffer.from(subject).toString("base64url");
const bearer = (subject: string) => ["Authorization", `Bearer ${proofOf(subject)}`];
const utf8 = (value: string) => Buffer.from(value, "utf8").toString("latin1");

function reader(config: IdentityConfig, deps: IdentityDeps = {}) {
  const read = createIdentity(config, { verifier, ...deps });
  return (...headers: string[]) =>
    read(headers).then(
      ({ userId }) => `accepted as ${userId}`,
      (error: unknown) => {
        if (error instanceof IdentityRefused) return error.reason;
        throw error;
      },
    );
}

describe("a proof alone", () => {
  const config = { mode: "jwt", proofHeader: "Authorization" } as const;
  const judge = reader(config);

  it("names the user, with what else it says, and no other header does", async () => {
    const read = createIdentity(config, { verifier });
    expect(await read([...bearer("zoë 李"), "X-Forwarded-User", "mallory"])).toEqual({
      userId: "zoë 李",
      name: "Zoë",
      groups: ["dev"],
      signIn: SIGN_IN,
    });
  });

  it.each([
    ["accepted as alice", ["authorization", `bearer ${proofOf("alice")}`]],
    ["accepted as a,b", bearer("a,b")],
    ["accepted as alice", bearer(" alice\t")],
    ["proof_absent", []],
    ["proof_absent", ["X-Forwarded-User", "alice"]],
    ["proof_absent", ["Authorization", ""]],
    ["proof_absent", ["Authorization", proofOf("alice")]],
    ["proof_absent", ["Authorization", "Basic YTpi"]],
    ["proof_absent", ["Authorization", "Bearer "]],
    ["doubled", [...bearer("alice"), ...bearer("bob")]],
    ["doubled", ["Authorization", `Bearer ${proofOf("alice")},Bearer ${proofOf("bob")}`]],
    ["hop_by_hop", [...bearer("alice"), "Connection", "Authorization"]],
    ["too_long", ["Authorization", `Bearer ${"a".repeat(16_384)}`]],
    ["proof_signature", ["Authorization", "Bearer forged"]],
    ["empty", bearer(" ")],
    ["too_long", bearer("a".repeat(257))],
    ["malformed", bearer("ali\u0000ce")],
    ["malformed", bearer("\u00a0alice")],
    ["malformed", bearer("ali\u2028ce")],
  ])("is judged as %s: %j", async (reason, headers) => {
    expect(await judge(...headers)).toBe(reason);
  });

  it.each([
    ["accepted as alice", ["X-Goog-Iap-Jwt-Assertion", proofOf("alice")]],
    ["accepted as alice", ["X-Goog-Iap-Jwt-Assertion", `Bearer ${proofOf("alice")}`]],
    ["look_alike", ["X_Goog_Iap_Jwt_Assertion", proofOf("alice")]],
    ["proof_absent", bearer("alice")],
  ])("stands bare in a header of its own, judged as %s: %j", async (reason, headers) => {
    const own = reader({ mode: "jwt", proofHeader: "X-Goog-Iap-Jwt-Assertion" });
    expect(await own(...headers)).toBe(reason);
  });

  it("names its users behind a prefix, where there is to be one", async () => {
    const prefixed = reader({ ...config, prefix: "accounts:" });
    expect(await prefixed(...bearer("accounts:alice"))).toBe("accepted as alice");
    expect(await prefixed(...bearer("alice"))).toBe("prefix");
    expect(await prefixed(...bearer("accounts:"))).toBe("empty");
  });
});

describe("a header with a proof", () => {
  const NAME = "X-Forwarded-User";
  const config = { mode: "header+jwt", header: NAME, proofHeader: "Authorization" } as const;

  it.each([
    ["accepted as alice", [NAME, "alice", ...bearer("alice")]],
    ["accepted as Zoë 李", [NAME, utf8("Zoë 李"), ...bearer("Zoë 李")]],
    ["accepted as alice", [NAME, "alice", ...bearer("alice ")]],
    ["proof_mismatch", [NAME, "alice", ...bearer("bob")]],
    ["proof_mismatch", [NAME, "alice", ...bearer("Alice")]],
    ["proof_mismatch", [NAME, utf8("Zoe\u0308"), ...bearer("Zo\u00eb")]],
    ["proof_absent", [NAME, "alice"]],
    ["absent", bearer("alice")],
    ["proof_signature", [NAME, "alice", "Authorization", "Bearer forged"]],
    ["doubled", [NAME, "alice", NAME, "alice", ...bearer("alice")]],
    ["look_alike", [NAME, "alice", "x_forwarded_user", "alice", ...bearer("alice")]],
  ])("is judged as %s: %j", async (reason, headers) => {
    expect(await reader(config)(...headers)).toBe(reason);
  });

  it("has the prefix in the header, and not in the proof", async () => {
    const prefixed = reader({ ...config, prefix: "oidc:" });
    expect(await prefixed(NAME, "oidc:alice", ...bearer("alice"))).toBe("accepted as alice");
    expect(await prefixed(NAME, "alice", ...bearer("alice"))).toBe("prefix");
    expect(await prefixed(NAME, "oidc:alice", ...bearer("oidc:alice"))).toBe("proof_mismatch");
  });

  it("is refused once its sign-in has ended", async () => {
    const has = async () => true;
    expect(await reader(config, { signOuts: { has } })(NAME, "alice", ...bearer("alice"))).toBe(
      "signed_out",
    );
  });
});

describe("the proxy's secret", () => {
  const HEADER = "X-Proxy-Secret";
  const one = "the-first-secret-0001";
  const two = "the-second-secret-002";
  const three = "the-third-secret-0003";

  function setUp(...lines: string[]) {
    const file = join(mkdtempSync(join(tmpdir(), "secret-")), "proxy-secret");
    writeFileSync(file, lines.join("\n"));
    const errors: unknown[] = [];
    const clock = { now: 0 };
    const checkSecret = createProxySecret(
      { header: HEADER, file },
      (error) => errors.push(error),
      () => clock.now,
    );
    const judge = reader({ mode: "header", header: "X-User" }, { checkSecret });
    const given = (...headers: string[]) => judge("X-User", "alice", ...headers);
    return { file, clock, errors, given };
  }

  it("must come with every request, as it is", async () => {
    const { given } = setUp(one, "");
    expect(await given(HEADER, one)).toBe("accepted as alice");
    expect(await given()).toBe("secret_absent");
    expect(await given(HEADER, "")).toBe("secret_absent");
    expect(await given(HEADER, `${one}x`)).toBe("secret_wrong");
    expect(await given(HEADER, one.toUpperCase())).toBe("secret_wrong");
    expect(await given(HEADER, one, HEADER, one)).toBe("doubled");
    expect(await given(HEADER, `${one},${one}`)).toBe("doubled");
    expect(await given(HEADER, one, "x_proxy_secret", one)).toBe("look_alike");
    expect(await given(HEADER, one, "Connection", HEADER)).toBe("hop_by_hop");
    expect(await given(HEADER, "a".repeat(1_025))).toBe("too_long");
  });

  it("may be two, and no more, while it is changed", async () => {
    const { given } = setUp("", one, two, three);
    expect(await given(HEADER, one)).toBe("accepted as alice");
    expect(await given(HEADER, two)).toBe("accepted as alice");
    expect(await given(HEADER, three)).toBe("secret_wrong");
  });

  it("is changed without a restart: a new one counts at once, an old one not for long", async () => {
    const { file, clock, given } = setUp(one);
    expect(await given(HEADER, one)).toBe("accepted as alice");
    writeFileSync(file, `${two}\n`);
    clock.now += 501;
    expect(await given(HEADER, two)).toBe("accepted as alice");
    expect(await given(HEADER, one)).toBe("secret_wrong");
    writeFileSync(file, `${three}\n`);
    clock.now += 5_001;
    expect(await given(HEADER, two)).toBe("secret_wrong");
  });

  it("stands while its file cannot be read, or is just being written", async () => {
    const { file, clock, errors, given } = setUp(one);
    expect(await given(HEADER, one)).toBe("accepted as alice");
    writeFileSync(file, "");
    clock.now += 5_001;
    expect(await given(HEADER, one)).toBe("accepted as alice");
    rmSync(file);
    clock.now += 5_001;
    expect(await given(HEADER, one)).toBe("accepted as alice");
    expect(await given(HEADER, "anything-else-000000")).toBe("secret_wrong");
    expect(errors).toHaveLength(1);
  });

  it("is not read again for everyone who has a wrong one", async () => {
    const { file, clock, given } = setUp(one);
    expect(await given(HEADER, one)).toBe("accepted as alice");
    clock.now += 501;
    expect(await given(HEADER, two)).toBe("secret_wrong");
    writeFileSync(file, two);
    expect(await given(HEADER, two)).toBe("secret_wrong");
  });
});

describe("failing to prove who one is", () => {
  it("is limited for an address that fails often, and for it alone", async () => {
    const limits = createRequestLimits(100, () => 0);
    const config = { mode: "jwt", proofHeader: "Authorization" } as const;
    const { request, registry } = createTestApp({
      limits,
      readIdentity: createIdentity(config, { verifier }),
      clientAddress: (_peer, forwarded) => forwarded,
    });
    const ask = async (proof: string, address: string) => {
      const headers = { Authorization: `Bearer ${proof}`, "X-Forwarded-For": address };
      return await request("/api/session", { user: "", headers });
    };
    const statuses = new Set<number>();
    for (let time = 0; time < 620; time += 1) {
      statuses.add((await ask("forged", "192.0.2.1")).status);
    }
    expect([...statuses]).toEqual([401, 429]);
    const refused = await ask(proofOf("alice"), "192.0.2.1");
    expect(refused.status).toBe(429);
    expect(refused.headers.get("Retry-After")).toBe("1");
    expect((await ask(proofOf("alice"), "192.0.2.2")).status).toBe(200);
    expect(await registry.metrics()).toMatch(
      /auth_rejected_total\{reason="proof_signature"\} 6\d\d/,
    );
  });
});
