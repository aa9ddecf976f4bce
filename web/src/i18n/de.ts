import { page } from "./de/page.ts";
import { talk } from "./de/talk.ts";
import type { Words } from "./words.ts";

/** The page in German. */
export const de: Words = { ...page, ...talk };
