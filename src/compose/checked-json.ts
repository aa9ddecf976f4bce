import { type LoadedBranding, PLAIN_BRANDING, readBranding } from "../api/branding.ts";
import { ChatConfigError, type Config } from "../config.ts";
import { ModelsConfig } from "../inference/models-config.ts";

/** @throws ChatConfigError that says what is wrong in `MODELS`. */
export function readModels({ models }: Config): ModelsConfig | undefined {
  if (models === undefined) return undefined;
  const parsed = ModelsConfig.safeParse(models);
  if (parsed.success) return parsed.data;
  throw new ChatConfigError(
    parsed.error.issues.map(({ path, message }) => `MODELS ${path.join(".")}: ${message}.`),
  );
}

/** @throws ChatConfigError that says what is wrong in `BRANDING`. */
export function brandingOf({ branding }: Config): LoadedBranding {
  if (branding === undefined) return PLAIN_BRANDING;
  const loaded = readBranding(branding);
  if ("problems" in loaded) throw new ChatConfigError(loaded.problems);
  return loaded;
}
