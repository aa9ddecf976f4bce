/** The locale that dates, numbers and lists are written by: the page's language, of the reader's region. */
let locale = "en";

/** Sets it; formats made before are made anew. */
export function setLocale(next: string): void {
  locale = next;
}

/** A value made once for each locale. */
export function perLocale<T>(make: (locale: string) => T): () => T {
  let madeFor: string | undefined;
  let made: T;
  return () => {
    if (madeFor !== locale) {
      made = make(locale);
      madeFor = locale;
    }
    return made;
  };
}
