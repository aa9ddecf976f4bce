import { expect, test } from "vitest";
import { ApiError } from "./http.ts";
import { createSignInGate } from "./sign-in-gate.ts";

const signedOut = () => new ApiError("unauthenticated", "signed out");

test("a request that finds nobody signed in waits, and is asked again once someone is", async () => {
  const gate = createSignInGate();
  let shut = 0;
  let session = false;
  gate.onShut = () => {
    shut += 1;
  };
  const asked = gate.pass(async () => {
    if (!session) throw signedOut();
    return "saved";
  });
  await expect.poll(() => shut).toBe(1);
  session = true;
  gate.open();
  expect(await asked).toBe("saved");
});

test("another failure is told at once, and so is this one to a page that leaves", async () => {
  const gate = createSignInGate();
  const away = new ApiError("unavailable", "away");
  await expect(gate.pass(() => Promise.reject(away))).rejects.toBe(away);
  const out = signedOut();
  await expect(gate.pass(() => Promise.reject(out), true)).rejects.toBe(out);
});
