import { page } from "./en/page.ts";
import { talk } from "./en/talk.ts";

/**
 * Every word of the page, in English: the language that all others are held to. One part for each
 * area of the page.
 */
export const en = { ...page, ...talk };
