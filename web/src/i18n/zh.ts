import type { Words } from "./words.ts";
import { page } from "./zh/page.ts";
import { talk } from "./zh/talk.ts";

/** The page in Simplified Chinese. */
export const zh: Words = { ...page, ...talk };
