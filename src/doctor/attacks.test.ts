import { decodeJwt, decodeProtectedHeader } from "jose";
import { expect, test } from "vitest";
import { attackFamilies } from "./attacks.ts";
import { readOptions } from "./options.ts";

function families(args: readonly string[] = []) {
  const options = readOptions(["--url=https://chat.example.org", ...args]);
  if (typeof options === "string") throw new Error(options);
  const keys = [{ kid: "one", pem: "-----BEGIN PUBLIC KEY-----" }];
  return attackFamilies(options, "nobody", "chatbot", keys);
}

const headersOf = (id: string, args?: readonly string[]) =>
  families(args)
    .find((family) => family.id === id)
    ?.attacks.flatMap(({ headers }) => headers) ?? [];

test("the header that the app believes is forged too, whatever its name", () => {
  expect(headersOf("forged-userid", ["--userid-header=X-Who"])).toContainEqual(["X-Who", "nobody"]);
  expect(headersOf("forged-spelling", ["--userid-header=X-Who"])).toContainEqual([
    "X_Who",
    "nobody",
  ]);
});

test("spellings differ in case, in underscores, and in dots", () => {
  const names = headersOf("forged-spelling").map(([name]) => name);
  for (const name of [
    "x-forwarded-user",
    "X-FORWARDED-USER",
    "X_Forwarded_User",
    "X.Forwarded.User",
  ])
    expect(names).toContain(name);
});

test("headers that prove somebody are named in Connection, each by itself", () => {
  const nominated = headersOf("dropped-headers")
    .filter(([name]) => name === "Connection")
    .map(([, value]) => value);
  for (const name of ["X-Forwarded-User", "Authorization", "X-Proxy-Secret"])
    expect(nominated).toContain(`close, ${name}`);
});

test("forged proofs name the victim, and are signed by nothing that a provider signs with", () => {
  const proofs = headersOf("forged-proof")
    .filter(([name, value]) => name === "Authorization" && value.includes("."))
    .map(([, value]) => value.replace("Bearer ", ""));
  expect(new Set(proofs.map((proof) => decodeJwt(proof).sub))).toEqual(new Set(["nobody"]));
  const algorithms = new Set(proofs.map((proof) => decodeProtectedHeader(proof).alg));
  expect(algorithms).toEqual(new Set(["none", "nOnE", "RS256", "HS256", "ES256"]));
  const ended = proofs.filter((proof) => Number(decodeJwt(proof).exp) * 1_000 < Date.now());
  expect(ended).not.toEqual([]);
});
