import { createIdentity } from "../src/api/identity.ts";
import { createRequestLimits } from "../src/api/request-limits.ts";
import type { SignOuts } from "../src/domain/ports/identity.ts";
import { createSeats } from "../src/domain/seats.ts";
import type { StayListener } from "../src/domain/stay.ts";

/** What stands between a request and the app: one header is believed, and there are no bounds. */
export function createMemoryEdge() {
  const ended = new Map<string, number>();
  const stays = new Set<StayListener>();
  const signOuts: SignOuts = {
    async end({ userId, signIn }) {
      if (signIn !== undefined) ended.set(signIn.id, signIn.issuedAt);
      for (const stay of stays) stay.ended("identity");
      ended.set(userId, Date.now());
    },
    has: async ({ signIn }) =>
      signIn !== undefined && signIn.issuedAt <= (ended.get(signIn.id) ?? 0),
  };
  return {
    readIdentity: createIdentity({ mode: "header", header: "X-Forwarded-User" }),
    clientAddress: () => undefined,
    limits: createRequestLimits(0),
    signOuts,
    signOutUrl: undefined,
    takeSeat: createSeats({ perUser: 100, perAddress: 1_000 }),
    beginStay(_identity: unknown, listener: StayListener) {
      stays.add(listener);
      return () => void stays.delete(listener);
    },
    /** What is open, in the order in which it was opened. */
    stays: () => [...stays],
  };
}
