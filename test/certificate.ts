import { generateKeyPairSync, sign } from "node:crypto";

const SEQUENCE = 0x30;
const OID = 0x06;
const ECDSA_WITH_SHA256 = der(SEQUENCE, der(OID, Buffer.from("2a8648ce3d040302", "hex")));

/** A certificate for localhost and 127.0.0.1 that vouches for itself, valid today, and its key; PEM. */
export function createCertificate(): { readonly key: string; readonly certificate: string } {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const name = der(
    SEQUENCE,
    der(0x31, der(SEQUENCE, der(OID, Buffer.from("550403", "hex")), der(0x0c, "localhost"))),
  );
  const day = 24 * 60 * 60 * 1_000;
  const signed = der(
    SEQUENCE,
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1])),
    ECDSA_WITH_SHA256,
    name,
    der(SEQUENCE, time(Date.now() - day), time(Date.now() + day)),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    der(
      0xa3,
      der(
        SEQUENCE,
        // It is its own authority, and stands for these names.
        extension("551d13", der(SEQUENCE, der(0x01, Buffer.from([0xff])))),
        extension(
          "551d11",
          der(SEQUENCE, der(0x82, "localhost"), der(0x87, Buffer.from([127, 0, 0, 1]))),
        ),
      ),
    ),
  );
  const signature = der(0x03, Buffer.from([0]), sign("sha256", signed, privateKey));
  const base64 = der(SEQUENCE, signed, ECDSA_WITH_SHA256, signature).toString("base64");
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    certificate: `-----BEGIN CERTIFICATE-----\n${base64.replace(/.{64}/g, "$&\n")}\n-----END CERTIFICATE-----\n`,
  };
}

function extension(id: string, value: Buffer): Buffer {
  return der(SEQUENCE, der(OID, Buffer.from(id, "hex")), der(0x04, value));
}

/** GeneralizedTime, to the second. */
function time(ms: number): Buffer {
  return der(0x18, `${new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, "")}`);
}

/** One value of ASN.1's distinguished encoding. */
function der(tag: number, ...parts: (Buffer | string)[]): Buffer {
  const body = Buffer.concat(
    parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part)),
  );
  const { length } = body;
  const size =
    length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
}
