import { expect, test } from "vitest";
import { commandOf, type KeyPress, SECTIONS, SHORTCUTS } from "./shortcuts.ts";

const press = (changes: Partial<KeyPress>): KeyPress => ({
  key: "",
  code: "",
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  writing: false,
  covered: false,
  singleKeysOff: false,
  ...changes,
});

test.each([
  ["a key alone", { key: "n" }, "newChat"],
  ["the same with Shift or caps lock", { key: "N" }, "newChat"],
  ["the question mark, wherever the layout has it", { key: "?", code: "Minus" }, "help"],
  ["a key of an Arabic layout by its place", { key: "ن", code: "KeyK" }, "previous"],
  ["a letter of another Latin layout by its sign", { key: "n", code: "KeyK" }, "newChat"],
  ["Ctrl+K of a Cyrillic layout", { key: "л", code: "KeyK", ctrlKey: true }, "palette"],
  ["Ctrl+K", { key: "k", ctrlKey: true }, "palette"],
  ["⌘K", { key: "k", metaKey: true }, "palette"],
  ["Ctrl+K while writing", { key: "k", ctrlKey: true, writing: true }, "palette"],
  ["Escape while writing", { key: "Escape", writing: true }, "stop"],
] as const)("%s is a command", (_, changes, command) => {
  expect(commandOf(press(changes))).toBe(command);
});

test.each([
  ["a letter of a text", { key: "n", writing: true }],
  ["a question mark in a text", { key: "?", writing: true }],
  ["Ctrl+N, the browser's", { key: "n", ctrlKey: true }],
  ["Ctrl+C, the browser's", { key: "c", ctrlKey: true }],
  ["Alt and a letter, the system's", { key: "n", altKey: true }],
  ["AltGr and a letter", { key: "k", ctrlKey: true, altKey: true }],
  ["Escape over a dialog", { key: "Escape", covered: true }],
  ["a letter over a menu", { key: "n", covered: true }],
  ["a single key that was switched off", { key: "n", singleKeysOff: true }],
] as const)("%s is left alone", (_, changes) => {
  expect(commandOf(press(changes))).toBeUndefined();
});

test("no two commands share a key, and the list shows each", () => {
  const keys = SHORTCUTS.map(({ key, modified }) => `${modified ?? false} ${key.toLowerCase()}`);
  expect(new Set(keys).size).toBe(keys.length);
  const shown = SECTIONS.flatMap(({ commands }) => commands);
  expect([...shown].sort()).toEqual(SHORTCUTS.map(({ command }) => command).sort());
});
