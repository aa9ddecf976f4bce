import { expect, test } from "vitest";
import { announce, type Heard, type Progress } from "./announcements.ts";

const growing = (text: string, id = "a"): Progress => ({ id, phase: "growing", text, note: "" });
const ended = (phase: "done" | "stopped" | "failed", text: string, note = ""): Progress => ({
  id: "a",
  phase,
  text,
  note,
});

/** All that is said while an answer goes through these states. */
function hear(...states: (Progress | undefined)[]): string[] {
  let heard: Heard | undefined;
  return states.flatMap((progress) => {
    const next = announce(heard, progress);
    heard = next.heard;
    return next.say;
  });
}

test("an answer is told by its beginning, its sentences and its end, each once", () => {
  const said = hear(
    growing(""),
    growing("It is"),
    growing("It is blue. Be"),
    growing("It is blue. Because of"),
    ended("done", "It is blue. Because of Rayleigh"),
    ended("done", "It is blue. Because of Rayleigh"),
  );
  expect(said).toEqual([
    "The assistant is answering",
    "It is blue.",
    "Because of Rayleigh",
    "End of the answer",
  ]);
});

test("a place in the queue is told when it changes, and no more often", () => {
  const waiting = (note: string): Progress => ({ id: "a", phase: "waiting", text: "", note });
  expect(hear(waiting("3rd in line"), waiting("3rd in line"), waiting("Next in line"))).toEqual([
    "3rd in line",
    "Next in line",
  ]);
});

test("a stop and a failure are told, with the reason", () => {
  expect(hear(growing("One. "), ended("stopped", "One. "))).toContain("The answer was stopped");
  expect(hear(growing(""), ended("failed", "", "It is busy.")).at(-1)).toBe(
    "The answer failed. It is busy.",
  );
});

test("what was there before is not read out", () => {
  expect(hear(ended("done", "Old news."))).toEqual([]);
  expect(hear(growing("x".repeat(300)), growing(`${"x".repeat(300)}. New.\n`))).toEqual([". New."]);
});

test("the next answer is told like the first", () => {
  const said = hear(growing("One."), ended("done", "One."), growing("", "b"));
  expect(said.filter((one) => one === "The assistant is answering")).toHaveLength(2);
});

test("what the listener asked for is told even where it has ended when it is first seen", () => {
  const news = { isNews: true };
  expect(hear({ ...ended("done", "Blue. Quite."), ...news })).toEqual([
    "The assistant is answering",
    "Blue. Quite.",
    "End of the answer",
  ]);
  const again = [
    { ...ended("failed", "", "It is busy."), ...news },
    { ...ended("failed", "", "It is busy."), ...news },
  ];
  expect(hear(...again)).toEqual(["The answer failed. It is busy."]);
});
