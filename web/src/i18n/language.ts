import { storage } from "../state/storage.ts";
import { createStore } from "../state/store.ts";
import { en } from "./en.ts";
import { setLocale } from "./locale.ts";
import { setWords, type Words } from "./words.ts";

/** The languages of the page, each by its own name. */
export const LANGUAGES = {
  en: "English",
  de: "Deutsch",
  zh: "简体中文",
  ar: "العربية",
} as const;

export type Language = keyof typeof LANGUAGES;

/** What `<html lang>` says; `public/theme.js` writes the same before the first paint. */
const TAGS: Record<Language, string> = { en: "en", de: "de", zh: "zh-Hans", ar: "ar" };

const LOADERS: Record<Language, () => Promise<Words>> = {
  en: async () => en,
  de: async () => (await import("./de.ts")).de,
  zh: async () => (await import("./zh.ts")).zh,
  ar: async () => (await import("./ar.ts")).ar,
};

/** The language the page is shown in. */
export const language = createStore<Language>("en");

/** Loads the words of the language that `public/theme.js` chose, before anything is drawn. */
export async function startLanguage(): Promise<void> {
  addEventListener("storage", ({ key, newValue }) => {
    const next = languageOf(newValue ?? "");
    if (key === "chatbot:language" && next) void show(next);
  });
  await show(languageOf(document.documentElement.lang) ?? "en");
}

/** Shows the page in another language and remembers it. */
export async function chooseLanguage(next: Language): Promise<void> {
  storage.write("language", next);
  await show(next);
}

/** The language a tag is of: `zh-Hans-CN` is `zh`. */
export function languageOf(tag: string): Language | undefined {
  const [main] = tag.toLowerCase().split("-");
  return main === "en" || main === "de" || main === "zh" || main === "ar" ? main : undefined;
}

/** The reader's own region of the language: an Austrian has German dates of Austria. */
export function localeOf(next: Language, wanted: readonly string[]): string {
  const tag = TAGS[next];
  const { script } = new Intl.Locale(tag).maximize();
  const own = wanted.find(
    (item) => languageOf(item) === next && new Intl.Locale(item).maximize().script === script,
  );
  return own ?? tag;
}

let latest: Language = "en";

async function show(next: Language): Promise<void> {
  latest = next;
  let loaded: Words;
  try {
    loaded = await LOADERS[next]();
  } catch {
    // Without its chunk the page goes on in the words it has; English at the start.
    document.documentElement.lang = TAGS[language.get()];
    document.documentElement.dir = directionOf(language.get());
    return;
  }
  if (latest !== next) return;
  setLocale(localeOf(next, navigator.languages));
  setWords(loaded);
  document.documentElement.lang = TAGS[next];
  document.documentElement.dir = directionOf(next);
  language.set(next);
}

const directionOf = (of: Language): "ltr" | "rtl" => (of === "ar" ? "rtl" : "ltr");
