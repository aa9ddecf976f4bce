import { formatNumber } from "./format.ts";

/**
 * Picks the word of a number by the language's own rules: `one`, `few`, … and always `other`; a `#`
 * in it is the number as the language writes it.
 */
export function pluralIn(language: string, type: Intl.PluralRuleType = "cardinal") {
  const rules = new Intl.PluralRules(language, { type });
  return (count: number, forms: PluralForms): string =>
    (forms[rules.select(count)] ?? forms.other).replace("#", formatNumber(count));
}

type PluralForms = Partial<Record<Intl.LDMLPluralRule, string>> & { readonly other: string };
