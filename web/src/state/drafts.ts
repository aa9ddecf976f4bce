import { storage } from "./storage.ts";

/** What is written but not sent, per conversation (`"new"` for a new chat), over reloads. */
export const drafts = {
  read: (key: string): string => storage.read(`draft:${key}`) ?? "",
  write: (key: string, text: string): void =>
    storage.write(`draft:${key}`, text === "" ? undefined : text),
};

/** Drafts are the writer's own: someone else who signs in on this machine does not find them. */
export function keepDraftsOf(userId: string): void {
  if (storage.read("user") !== userId) {
    if (storage.read("user") !== undefined) {
      for (const key of storage.keys("draft:")) storage.write(key, undefined);
    }
    storage.write("user", userId);
  }
}
