import { expect, test } from "vitest";
import { Share } from "../../../src/protocol/share.ts";
import { ApiError } from "../api/http.ts";
import { CONVERSATION, idOf } from "./sample.test-data.ts";
import { createShareStore } from "./share-store.ts";

const SHARE: Share = Share.parse({
  id: "c2hhcmVfYmVjYXVzZV93ZV9jYW5fc2hh",
  url: "https://chat.example/share/c2hhcmVfYmVjYXVzZV93ZV9jYW5fc2hh",
  createdAt: "2026-11-21T06:00:00.000Z",
});

/** A server with at most one link; `away` makes it fail. */
function setUp(shared: Share | undefined) {
  const server = { shared, away: false, leaf: undefined as unknown };
  const check = () => {
    if (server.away) throw new ApiError("unavailable", "The server is away.");
  };
  const store = createShareStore(
    {
      async share() {
        check();
        return server.shared;
      },
      async createShare(_id, leafId) {
        check();
        server.leaf = leafId;
        server.shared ??= SHARE;
        return server.shared;
      },
      async revokeShare() {
        check();
        server.shared = undefined;
      },
    },
    CONVERSATION,
    idOf(4),
  );
  return { server, ...store };
}

test("a link is made of what the reader sees, and taken back", async () => {
  const { server, state, load, create, revoke } = setUp(undefined);
  expect(state.get()).toMatchObject({ phase: "loading", busy: true });
  await load();
  expect(state.get()).toMatchObject({ phase: "none", busy: false });
  await create();
  expect(server.leaf).toBe(idOf(4));
  expect(state.get()).toMatchObject({ phase: "shared", share: SHARE });
  await revoke();
  expect(state.get()).toMatchObject({ phase: "revoked", share: undefined, busy: false });
});

test("one that stands is found", async () => {
  const { state, load } = setUp(SHARE);
  await load();
  expect(state.get()).toMatchObject({ phase: "shared", share: SHARE });
});

test("a failure is said and changes nothing; a link that cannot be taken back still stands", async () => {
  const { server, state, load, revoke } = setUp(SHARE);
  server.away = true;
  await load();
  expect(state.get()).toMatchObject({ phase: "unknown", failure: "The server is away." });
  server.away = false;
  await load();
  server.away = true;
  await revoke();
  expect(state.get()).toMatchObject({
    ...{ phase: "shared", share: SHARE },
    ...{ busy: false, failure: "The server is away." },
  });
});
