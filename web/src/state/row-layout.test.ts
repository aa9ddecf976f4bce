import { expect, test } from "vitest";
import { topOfRow, visibleRows } from "./row-layout.ts";

const SIZES = { row: 34, heading: 36 };

test("draws what is seen and some around it, of each group", () => {
  const ranges = visibleRows([3, 5_000, 40], SIZES, { top: 34_000, height: 800 });
  expect(ranges[0]).toEqual({ from: 3, to: 3 });
  expect(ranges[2]).toEqual({ from: 0, to: 0 });
  const { from = 0, to = 0 } = ranges[1] ?? {};
  const first = Math.floor((34_000 - topOfRow([3, 5_000, 40], SIZES, 1, 0)) / 34);
  expect(from).toBeLessThanOrEqual(first - 12);
  expect(to).toBeGreaterThanOrEqual(first + 800 / 34 + 12);
  expect(to - from).toBeLessThan(60);
});

test("whatever the place, every row in view is among those drawn", () => {
  const counts = [1, 2, 0, 30, 7, 400];
  for (let top = 0; top < 16_000; top += 137) {
    const ranges = visibleRows(counts, SIZES, { top, height: 700 });
    for (const [group, count] of counts.entries()) {
      for (let index = 0; index < count; index += 1) {
        const at = topOfRow(counts, SIZES, group, index);
        if (at + SIZES.row < top || at > top + 700) continue;
        const { from = 0, to = 0 } = ranges[group] ?? {};
        expect(index >= from && index < to).toBe(true);
      }
    }
  }
});
