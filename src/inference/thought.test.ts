import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createThoughtSplitter, joinThought, opensThought, type ThoughtState } from "./thought.ts";

function split(pieces: readonly string[], state: ThoughtState = "start") {
  const splitter = createThoughtSplitter(state);
  const all = [...pieces.flatMap((piece) => [...splitter.push(piece, 1)]), ...splitter.end()];
  const textOf = (type: string) =>
    all.map((piece) => (piece.type === type && "text" in piece ? piece.text : "")).join("");
  const tokens = all.reduce((sum, it) => sum + ("tokens" in it ? (it.tokens ?? 0) : 0), 0);
  return { reasoning: textOf("reasoning"), text: textOf("text"), tokens };
}

describe("createThoughtSplitter", () => {
  test.each([
    ["<think>why</think>so", "why", "so"],
    ["\n <think>why</think>\n\nso", "why", "\n\nso"],
    ["<think>a < b </thin> c</think>", "a < b </thin> c", ""],
    ["<think>cut off </thi", "cut off </thi", ""],
    ["plain <think>no</think>", "", "plain <think>no</think>"],
    ["<thinking> of you", "", "<thinking> of you"],
    ["<think", "", "<think"],
    ["  ", "", "  "],
    ["", "", ""],
  ])("splits %j, whole and letter by letter", (answer, reasoning, text) => {
    expect(split([answer])).toMatchObject({ reasoning, text });
    expect(split([...answer])).toMatchObject({ reasoning, text });
  });

  test("begins inside the thought where the prompt opened it", () => {
    expect(split(["because", "</th", "ink>yes"], "thinking")).toMatchObject({
      reasoning: "because",
      text: "yes",
    });
  });

  test("leaves tags alone behind the thought", () => {
    expect(split(["<think>x</think>"], "answering")).toMatchObject({ text: "<think>x</think>" });
  });

  test("loses no token", () => {
    expect(split(["<think>", "a", "</", "think>", "b", "c"]).tokens).toBe(6);
  });

  test("passes an answer without thought on at once", () => {
    expect(createThoughtSplitter("start").push("Hi", 1)).toEqual([
      { type: "text", text: "Hi", tokens: 1 },
    ]);
  });

  test("its parts put together are the text, wherever it was cut", () => {
    const letters = fc.array(fc.constantFrom("a", " ", "<", "/", "think>", "\n"), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(letters, letters, (thought, answer) => {
        const raw = `<think>${thought.join("")}</think>${answer.join("")}`;
        const { reasoning, text } = split([...raw]);
        // An empty thought leaves no trace, and none is needed.
        if (reasoning !== "")
          expect(joinThought(reasoning, text, false)).toBe(
            text === "" ? raw.replace(/<\/think>$/, "") : raw,
          );
      }),
    );
  });
});

describe("joinThought", () => {
  test("goes on inside a thought that the prompt opened", () => {
    expect(opensThought("<|assistant|><think>\n")).toBe(true);
    expect(joinThought("because", "", true)).toBe("because");
    expect(joinThought("because", "yes", true)).toBe("because</think>yes");
    expect(joinThought("", "yes", false)).toBe("yes");
  });
});
