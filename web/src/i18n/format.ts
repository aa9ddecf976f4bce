import { perLocale } from "./locale.ts";

const plain = perLocale((locale) => new Intl.NumberFormat(locale));
const tenths = perLocale((locale) => new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }));
const month = perLocale((locale) => new Intl.DateTimeFormat(locale, { month: "long" }));
const monthAndYear = perLocale(
  (locale) => new Intl.DateTimeFormat(locale, { month: "long", year: "numeric" }),
);
const day = perLocale((locale) => new Intl.DateTimeFormat(locale, { dateStyle: "medium" }));
const moment = perLocale(
  (locale) => new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" }),
);
const list = perLocale((locale) => new Intl.ListFormat(locale, { type: "conjunction" }));

/** A whole number, with its groups. */
export const formatNumber = (value: number): string => plain().format(value);

/** A number with at most one digit behind the point. */
export const formatTenths = (value: number): string => tenths().format(value);

/** "November" of this year, "November 2024" of another. */
export const formatMonth = (date: Date, now: Date): string =>
  (date.getFullYear() === now.getFullYear() ? month() : monthAndYear()).format(date);

/** "21 Nov 2026". */
export const formatDay = (date: Date): string => day().format(date);

/** "21 Nov 2026, 05:53". */
export const formatMoment = (date: Date): string => moment().format(date);

/** "a, b and c". */
export const formatList = (items: readonly string[]): string => list().format(items);
