import { expect, test } from "vitest";
import { Conversation } from "../../../src/protocol/conversation.ts";
import { SearchItem } from "../../../src/protocol/search.ts";
import { foldEdit, foldPage, UNKNOWN_LIST } from "./conversation-list.ts";
import { findTitles, mergeTitles } from "./find-titles.ts";

const conversation = (number: number, title: string) =>
  Conversation.parse({
    id: `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`,
    title,
    createdAt: "2026-01-01T00:00:00.000Z",
    updatedAt: new Date(Date.UTC(2026, 0, number)).toISOString(),
    pinned: false,
    generating: false,
  });

const items = [conversation(1, "Grüner Tee"), conversation(2, "Tea for two")];
const list = foldPage(UNKNOWN_LIST, { items, next: undefined }, undefined, new Map());
const found = (query: string, from = list) => findTitles(from, query, 10).map(({ title }) => title);

test("finds titles with every word, newest first, by what they are called now", () => {
  expect(found("TE")).toEqual(["Tea for two", "Grüner Tee"]);
  expect(found("tee gruner")).toEqual(["Grüner Tee"]);
  expect(found("tea gruner")).toEqual([]);
  const [first] = items;
  if (!first) throw new Error("not made");
  expect(found("mate", foldEdit(list, first.id, { title: "Mate" }))).toEqual(["Mate"]);
});

test("adds what the server found and is not loaded, once", () => {
  const [first] = items;
  const elsewhere = conversation(3, "Teapot");
  const hits = [first, elsewhere, elsewhere].map((at) =>
    SearchItem.parse({ conversation: { id: at?.id, title: at?.title }, excerpt: "" }),
  );
  const merged = mergeTitles(findTitles(list, "te", 10), hits, list);
  expect(merged.map(({ title }) => title)).toEqual(["Tea for two", "Grüner Tee", "Teapot"]);
});
