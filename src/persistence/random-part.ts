import { randomInt } from "node:crypto";

/** The part of an event's id that makes a rolled-back log detectable: 1 to 15 digits, never 0. */
export function randomPart(): string {
  return String(randomInt(1, 2 ** 47));
}
