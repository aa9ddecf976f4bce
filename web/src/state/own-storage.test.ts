import { expect, test } from "vitest";
import { createOwnStorage } from "./own-storage.ts";

/** A browser's storage that several pages share. */
function device(entries: Readonly<Record<string, string>> = {}) {
  const map = new Map(Object.entries(entries));
  return {
    map,
    read: (key: string) => map.get(key),
    write: (key: string, value: string | undefined) =>
      value === undefined ? void map.delete(key) : void map.set(key, value),
    keys: (start: string) => [...map.keys()].filter((key) => key.startsWith(start)),
  };
}

const OF_ALICE = {
  user: "alice",
  "draft:new": "a secret",
  "draft:new:settings": "{}",
  "outbox:1": "unsent",
  "answer:1": "running",
  "seen:1": "2026",
  model: "large",
  "notice-dismissed": "Maintenance",
  "demo-dismissed": "yes",
  "whatever comes later": "hers",
};
const OF_DEVICE = { theme: "dark", language: "ar", accent: "{}", "sidebar-hidden": "yes" };

test("whoever was here last finds everything again", () => {
  const own = createOwnStorage(device({ ...OF_ALICE, ...OF_DEVICE }));
  expect(own.read("draft:new")).toBe("a secret");
  expect(own.claim("alice")).toBe("own");
  expect(own.read("draft:new")).toBe("a secret");
  expect(own.keys("outbox:")).toEqual(["outbox:1"]);
});

test("who signs out leaves nothing, and keeps nothing more until they are back", () => {
  const shared = device({ ...OF_ALICE, ...OF_DEVICE });
  const own = createOwnStorage(shared);
  const otherTab = createOwnStorage(shared);
  for (const tab of [own, otherTab]) {
    expect(tab.claim("alice")).toBe("own");
    tab.forget();
    tab.write("draft:new", "written after it");
    expect(tab.read("draft:new")).toBeUndefined();
    expect(tab.isOwn()).toBe(true);
  }
  expect(Object.fromEntries(shared.map)).toEqual(OF_DEVICE);
  expect(own.claim("alice")).toBe("own");
  own.write("draft:new", "again");
  expect(own.read("draft:new")).toBe("again");
});

test("what a tab of who signed out holds is not the next one's", () => {
  const shared = device(OF_ALICE);
  const own = createOwnStorage(shared);
  own.claim("alice");
  own.forget();
  expect(own.claim("bob")).toBe("others");
});

test("of one person nothing is left for the next, and of the device everything", () => {
  const shared = device({ ...OF_ALICE, ...OF_DEVICE });
  expect(createOwnStorage(shared).claim("bob")).toBe("others");
  expect(Object.fromEntries(shared.map)).toEqual({ user: "bob", ...OF_DEVICE });
});

test("a page of the one before writes and reads nothing once another has come, in any tab", () => {
  const shared = device(OF_ALICE);
  const [left, right] = [createOwnStorage(shared), createOwnStorage(shared)];
  left.claim("alice");
  right.claim("bob");
  expect(left.isOwn()).toBe(false);
  left.write("draft:new", "hers, written late");
  expect(left.read("user")).toBeUndefined();
  const anew = createOwnStorage(shared);
  expect(anew.claim("bob")).toBe("own");
  anew.write("draft:new", "his");
  // The page of before learns of it last, and takes nothing away.
  expect(left.claim("bob")).toBe("others");
  expect(Object.fromEntries(shared.map)).toEqual({ user: "bob", "draft:new": "his" });
});

test("what the first one writes before the sign-in is theirs", () => {
  const shared = device();
  const own = createOwnStorage(shared);
  own.write("draft:new", "half a thought");
  expect(own.owner()).toBeUndefined();
  expect(own.claim("alice")).toBe("own");
  expect(own.owner()).toBe("alice");
  expect(Object.fromEntries(shared.map)).toEqual({ user: "alice", "draft:new": "half a thought" });
});

test("where nothing can be kept a page is still one person's", () => {
  const own = createOwnStorage({ read: () => undefined, write: () => undefined, keys: () => [] });
  expect(own.claim("alice")).toBe("own");
  expect(own.claim("alice")).toBe("own");
  expect(own.claim("bob")).toBe("others");
});
