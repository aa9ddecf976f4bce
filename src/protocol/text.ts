import * as z from "zod/mini";

/**
 * Text as people write it, `min` to `max` UTF-16 units: well-formed (no lone surrogate) and without
 * null characters, so that every store, log and model server keeps it as it is.
 */
export function text(min: number, max: number) {
  return z.string().check(
    z.minLength(min),
    z.maxLength(max),
    z.refine((value) => value.isWellFormed() && !value.includes("\u0000"), {
      error: "Holds a lone surrogate or a null character",
    }),
  );
}

/** The longest message a user may write, in UTF-16 units. */
export const MAX_CONTENT_LENGTH = 32_000;
/** The longest title, in UTF-16 units. */
export const MAX_TITLE_LENGTH = 200;
/** The longest system prompt, in UTF-16 units. */
export const MAX_SYSTEM_PROMPT_LENGTH = 16_000;

/** The id of a model as the catalogue names it. */
export const ModelId = text(1, 200);

/** The longest note on an answer, in UTF-16 units. */
export const MAX_NOTE_LENGTH = 2_000;

/** The longest text to search for, in UTF-16 units. */
export const MAX_QUERY_LENGTH = 200;
