// Runs before the first paint, so that neither colours nor the direction of writing flash; see
// src/state/preferences.ts, branding.ts and src/i18n/language.ts.
{
  const read = (key) => {
    try {
      return localStorage.getItem(`chatbot:${key}`);
    } catch {
      return null; // Storage is forbidden: the system's theme and language it is.
    }
  };
  const root = document.documentElement;
  try {
    const tokens = Object.entries(JSON.parse(read("accent") ?? "{}"));
    for (const [name, value] of tokens) root.style.setProperty(name, value);
  } catch {
    // Written by an older page: the session brings the accent.
  }
  const theme = read("theme");
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;

  const tags = { en: "en", de: "de", zh: "zh-Hans", ar: "ar" };
  const wanted = [read("language") ?? "", ...navigator.languages];
  const known = wanted.map((tag) => tags[tag.toLowerCase().split("-")[0]]).find(Boolean);
  root.lang = known ?? "en";
  root.dir = root.lang === "ar" ? "rtl" : "ltr";
}
