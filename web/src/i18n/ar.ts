import { page } from "./ar/page.ts";
import { talk } from "./ar/talk.ts";
import type { Words } from "./words.ts";

/** The page in Arabic. */
export const ar: Words = { ...page, ...talk };
