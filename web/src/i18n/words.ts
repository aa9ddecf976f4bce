import { en } from "./en.ts";

/** What each language must say. */
export type Words = typeof en;

let current: Words = en;

/** The words of the language the page is shown in. */
export const words = (): Words => current;

/** Shows the page in other words. */
export function setWords(next: Words): void {
  current = next;
}
