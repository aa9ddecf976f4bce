import { expect, test } from "vitest";
import { matchItems, type PaletteItem } from "./palette-items.ts";

const items: PaletteItem[] = [
  ["Toggle the sidebar", ""],
  ["New chat", ""],
  ["Über den Wolken", ""],
  ["Chat about the weather", "clouds"],
  ["关于天气的对话", ""],
  ["مُحادثة عن الطقس", ""],
].map(([name = "", also = ""]) => ({ id: name, name, also, group: "all", run: () => undefined }));

test.each([
  ["", items.length, "Toggle the sidebar"],
  ["chat", 2, "Chat about the weather"],
  ["weather chat", 1, "Chat about the weather"],
  ["cloud", 1, "Chat about the weather"],
  ["uber", 1, "Über den Wolken"],
  ["SIDE", 1, "Toggle the sidebar"],
  ["天气", 1, "关于天气的对话"],
  ["محادثة", 1, "مُحادثة عن الطقس"],
  ["nothing at all", 0, undefined],
])("%j finds %i, %j first", (query, count, first) => {
  const found = matchItems(items, query);
  expect(found).toHaveLength(count);
  expect(found[0]?.name).toBe(first);
});
