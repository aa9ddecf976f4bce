import { createHmac, generateKeyPairSync, type KeyObject, sign } from "node:crypto";

/** What a forged proof claims. */
export interface Claims {
  readonly issuer: string;
  readonly audience: string;
  readonly userId: string;
}

/** A proof of identity that nobody may believe. */
export interface ForgedProof {
  readonly name: string;
  readonly value: string;
}

/**
 * Proofs that a verifier must refuse, each by another mistake of theirs.
 * @param publicKeys the provider's own, PEM: what is signed with such a text as a secret is no proof.
 */
export function forgeProofs(claims: Claims, publicKeys: readonly ProviderKey[]): ForgedProof[] {
  const now = Math.floor(Date.now() / 1_000);
  const payload = {
    iss: claims.issuer,
    aud: claims.audience,
    azp: claims.audience,
    sub: claims.userId,
    email: claims.userId,
    email_verified: true,
    preferred_username: claims.userId,
    groups: ["admin"],
    iat: now,
    nbf: now - 60,
    exp: now + 3_600,
  };
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const curve = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const jwk = publicKey.export({ format: "jwk" });
  const kid = publicKeys[0]?.kid ?? "doctor";
  const make = (header: object, body: object, signature: (text: string) => string) => {
    const text = `${encode(header)}.${encode(body)}`;
    return `${text}.${signature(text)}`;
  };
  const none = () => "";
  const hmac = (secret: string) => (text: string) =>
    createHmac("sha256", secret).update(text).digest("base64url");
  const rsa = (text: string) => sign("sha256", Buffer.from(text), privateKey).toString("base64url");

  return [
    { name: "no signature (alg none)", value: make({ alg: "none", typ: "JWT" }, payload, none) },
    { name: "no signature (alg nOnE)", value: make({ alg: "nOnE", kid }, payload, none) },
    { name: "no signature (alg RS256)", value: make({ alg: "RS256", kid }, payload, none) },
    { name: "a guessable secret", value: make({ alg: "HS256", kid }, payload, hmac("secret")) },
    { name: "an empty secret", value: make({ alg: "HS256", kid }, payload, hmac("")) },
    ...publicKeys.map((key) => ({
      name: "the provider's public key as a secret",
      value: make({ alg: "HS256", kid: key.kid }, payload, hmac(key.pem)),
    })),
    { name: "a key of ours", value: make({ alg: "RS256", kid }, payload, rsa) },
    { name: "a key that it brings along", value: make({ alg: "RS256", jwk }, payload, rsa) },
    {
      name: "a key at an address that it names",
      value: make({ alg: "RS256", kid, jku: "https://keys.invalid/jwks" }, payload, rsa),
    },
    {
      name: "another kind of key",
      value: make({ alg: "ES256", kid }, payload, ecdsa(curve.privateKey)),
    },
    {
      name: "a key of ours, ended",
      value: make({ alg: "RS256", kid }, { ...payload, iat: now - 7_200, exp: now - 3_600 }, rsa),
    },
    { name: "no proof at all", value: "proof" },
  ];
}

/** A key by which a provider signs. */
export interface ProviderKey {
  readonly kid: string;
  readonly pem: string;
}

function ecdsa(key: KeyObject): (text: string) => string {
  return (text) =>
    sign("sha256", Buffer.from(text), { key, dsaEncoding: "ieee-p1363" }).toString("base64url");
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
