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

/** Small switches that outlive a reload, off unless set. */
export const switches = {
  read: (name: "sidebar-hidden" | "demo-dismissed"): boolean => storage.read(name) === "yes",
  write: (name: "sidebar-hidden" | "demo-dismissed", on: boolean): void =>
    storage.write(name, on ? "yes" : undefined),
};
