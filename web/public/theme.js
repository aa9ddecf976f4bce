// Runs before the first paint, so that a chosen theme never flashes; see src/state/preferences.ts.
try {
  const theme = localStorage.getItem("chatbot:theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage is forbidden: the system's theme it is.
}
