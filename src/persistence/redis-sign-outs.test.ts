import { expect, onTestFinished, test } from "vitest";
import { openStore, someone } from "../../test/store.ts";
import type { Identity } from "../domain/ports/identity.ts";
import type { UserId } from "../protocol/ids.ts";

const identity = (userId: UserId, id: string, issuedAt: number, endsInMs = 60_000): Identity => {
  const endsAt = Date.now() + endsInMs;
  return { userId, groups: [], signIn: { id, issuedAt, endsAt, refusedAt: endsAt + 1_000 } };
};

test("a sign-in that ended is refused with all of its proofs so far, and no other one is", async () => {
  const { signOuts } = await openStore();
  const alice = someone();
  await signOuts.end(identity(alice, "laptop", 1_000));
  expect(await signOuts.has(identity(alice, "laptop", 1_000))).toBe(true);
  expect(await signOuts.has(identity(alice, "laptop", 900))).toBe(true);
  expect(await signOuts.has(identity(alice, "phone", 1_000))).toBe(false);
  expect(await signOuts.has(identity(someone(), "laptop", 1_000))).toBe(false);
});

test("whoever signs in again is let in, although the provider goes on with the same session", async () => {
  const { signOuts } = await openStore();
  const alice = someone();
  await signOuts.end(identity(alice, "laptop", 1_000));
  expect(await signOuts.has(identity(alice, "laptop", 1_001))).toBe(false);
});

test("the later of two ends of a sign-in counts, whichever comes first", async () => {
  const { signOuts } = await openStore();
  const alice = someone();
  await signOuts.end(identity(alice, "laptop", 1_000));
  await signOuts.end(identity(alice, "laptop", 500));
  expect(await signOuts.has(identity(alice, "laptop", 999))).toBe(true);
});

test("it is forgotten when the proof is refused anyway", async () => {
  const { signOuts, redis, keys } = await openStore();
  const alice = someone();
  await signOuts.end(identity(alice, "laptop", 1_000, 60_000));
  const ttl = await redis.client.pTTL(keys.signedOut(alice, "laptop"));
  expect(ttl).toBeGreaterThan(50_000);
  expect(ttl).toBeLessThanOrEqual(61_000);
});

test("without a proof, what was open before ends, and the next request is believed", async () => {
  const { signOuts } = await openStore();
  const user: Identity = { userId: someone(), groups: [] };
  expect(await signOuts.has(user, Date.now() - 60_000)).toBe(false);
  await signOuts.end(user);
  expect(await signOuts.has(user)).toBe(false);
  expect(await signOuts.has(user, Date.now() - 60_000)).toBe(true);
  expect(await signOuts.has(user, Date.now() + 60_000)).toBe(false);
});

test("all that is open for the user hears of it, and sends nothing on", async () => {
  const { signOuts, live } = await openStore();
  const alice = someone();
  const heard: string[] = [];
  const leave = await live.watchUser(alice, {
    frame: (frame) => heard.push(frame),
    reconnected: () => heard.push("reconnected"),
    signedOut: () => heard.push("signed out"),
  });
  onTestFinished(leave);
  await signOuts.end(identity(someone(), "laptop", 1_000));
  await signOuts.end(identity(alice, "laptop", 1_000));
  await expect.poll(() => heard).toEqual(["signed out"]);
});
