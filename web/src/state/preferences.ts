import { ownStorage } from "./own-storage.ts";
import { storage } from "./storage.ts";

/** Which colours to use; `system` follows the machine. */
export type Theme = "system" | "light" | "dark";

export const THEMES: readonly Theme[] = ["system", "light", "dark"];

/** The chosen theme; `public/theme.js` applies it before the first paint. */
export function readTheme(): Theme {
  const theme = storage.read("theme");
  return theme === "light" || theme === "dark" ? theme : "system";
}

/** Applies and remembers a theme. */
export function setTheme(theme: Theme): void {
  storage.write("theme", theme === "system" ? undefined : theme);
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

type Switch = "sidebar-hidden" | "single-keys-off";

/** The administrators' notice is put away by its text: another one is shown again. */
export const dismissedNotice = {
  read: (): string | undefined => ownStorage.read("notice-dismissed"),
  write: (text: string): void => ownStorage.write("notice-dismissed", text),
};

/** Whether the reader knows that no model answers here. */
export const dismissedDemo = {
  read: (): boolean => ownStorage.read("demo-dismissed") === "yes",
  write: (): void => ownStorage.write("demo-dismissed", "yes"),
};

/** Small switches of the device that outlive a reload, off unless set. */
export const switches = {
  read: (name: Switch): boolean => storage.read(name) === "yes",
  write: (name: Switch, on: boolean): void => storage.write(name, on ? "yes" : undefined),
};
