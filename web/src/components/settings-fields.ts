import { Parameters } from "../../../src/protocol/conversation.ts";
import { MAX_SYSTEM_PROMPT_LENGTH } from "../../../src/protocol/text.ts";
import { words } from "../i18n/words.ts";
import type { ChatSettings } from "../state/chat-settings.ts";

/** A parameter that is a number. */
export type NumberKey = Exclude<keyof Parameters, "stop">;

/** Whatever can be set. */
export type SettingKey = keyof Parameters | "systemPrompt";

/** How one number is asked for. */
export interface NumberField {
  readonly key: NumberKey;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  /** Where its slider stands while the server's default holds; without it there is no slider. */
  readonly middle?: number;
}

/** In the order of the sheet. The bounds are the protocol's: `parseSetting` asks it. */
export const NUMBER_FIELDS: readonly NumberField[] = [
  { key: "temperature", min: 0, max: 2, step: 0.1, middle: 1 },
  { key: "topP", min: 0, max: 1, step: 0.05, middle: 1 },
  { key: "maxTokens", min: 1, max: 131_072, step: 1 },
  { key: "seed", min: 0, max: 2 ** 31 - 1, step: 1 },
  { key: "presencePenalty", min: -2, max: 2, step: 0.1, middle: 0 },
  { key: "frequencyPenalty", min: -2, max: 2, step: 0.1, middle: 0 },
];

/** What a setting says in its field; `""` is the server's default. */
export function textOf(settings: ChatSettings, key: SettingKey): string {
  if (key === "systemPrompt") return settings.systemPrompt ?? "";
  if (key === "stop") return (settings.parameters?.stop ?? []).map(escapeLine).join("\n");
  return String(settings.parameters?.[key] ?? "");
}

/** The settings with one field's text in them, or why that cannot be, in words. */
export function parseSetting(
  settings: ChatSettings,
  key: SettingKey,
  text: string,
): { readonly settings: ChatSettings } | { readonly wrong: string } {
  if (key === "systemPrompt") {
    const prompt = text.toWellFormed().replaceAll("\u0000", "");
    if (prompt.length > MAX_SYSTEM_PROMPT_LENGTH) {
      return { wrong: words().settings.promptTooLong(prompt.length, MAX_SYSTEM_PROMPT_LENGTH) };
    }
    return { settings: { ...settings, systemPrompt: prompt.trim() === "" ? undefined : prompt } };
  }
  const { [key]: _, ...others } = settings.parameters ?? {};
  const value = parameterOf(key, text);
  const next = value === undefined ? others : { ...others, [key]: value };
  const parameters = Parameters.safeParse(next).data;
  if (!parameters) return { wrong: wrongWords(key) };
  const none = Object.keys(parameters).length === 0;
  return { settings: { ...settings, parameters: none ? undefined : parameters } };
}

function parameterOf(key: keyof Parameters, text: string): unknown {
  if (key !== "stop") return text.trim() === "" ? undefined : Number(text);
  const lines = text.split("\n").filter((line) => line !== "");
  return lines.length === 0 ? undefined : lines.map(unescapeLine);
}

function wrongWords(key: keyof Parameters): string {
  const { settings } = words();
  const field = NUMBER_FIELDS.find((one) => one.key === key);
  if (!field) return settings.stopInvalid;
  if (key === "topP") return settings.aboveZero(field.max);
  const whole = key === "maxTokens" || key === "seed";
  return settings[whole ? "wholeBetween" : "between"](field.min, field.max);
}

function escapeLine(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\t", "\\t");
}

function unescapeLine(line: string): string {
  return line.replaceAll(/\\([\\nt])/g, (_, letter: string) =>
    letter === "n" ? "\n" : letter === "t" ? "\t" : "\\",
  );
}
