const PREFIX = "chatbot:";

/**
 * What outlives a reload; where storage is forbidden or full, everything still works until one. For
 * what is the device's; what is a person's goes through `own-storage.ts`.
 */
export const storage = {
  read(key: string): string | undefined {
    try {
      return localStorage.getItem(PREFIX + key) ?? undefined;
    } catch {
      return undefined;
    }
  },
  write(key: string, value: string | undefined): void {
    try {
      if (value === undefined) localStorage.removeItem(PREFIX + key);
      else localStorage.setItem(PREFIX + key, value);
    } catch {
      // Full or forbidden.
    }
  },
  /** The keys that begin with `start`, without our own prefix. */
  keys(start: string): string[] {
    try {
      return Object.keys(localStorage)
        .filter((key) => key.startsWith(PREFIX + start))
        .map((key) => key.slice(PREFIX.length));
    } catch {
      return [];
    }
  },
};
