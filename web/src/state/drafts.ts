import { ownStorage } from "./own-storage.ts";

/** A paste of megabytes would leave no room for anything else. */
const LONGEST = 500_000;

/** What is written but not sent, per conversation (`"new"` for a new chat), over reloads. */
export const drafts = {
  read: (key: string): string => ownStorage.read(`draft:${key}`) ?? "",
  write: (key: string, text: string): void =>
    ownStorage.write(`draft:${key}`, text === "" ? undefined : text.slice(0, LONGEST)),
};

/** A draft and what was written before it could be shown, as one. */
export function joinDrafts(draft: string, written: string): string {
  return [draft, written].filter((text) => text !== "").join("\n");
}
