import * as z from "zod/mini";
import { ModelId } from "../protocol/text.ts";

const ServerUrl = z.string().check(
  z.refine((value) => /^https?:\/\//i.test(value) && URL.canParse(value), {
    error: "Must be an http or https URL",
  }),
);

const EngineConfig = z
  .strictObject({
    type: z.enum(["tgi", "openai", "auto", "echo", "rules"]),
    /** The server's address; `tgi`, `openai` and `auto` need it. */
    url: z.optional(ServerUrl),
    /** The name that the server knows the model by; by default the first it lists. */
    model: z.optional(ModelId),
    /** The environment variable that holds the key. */
    apiKeyEnv: z.optional(z.string().check(z.minLength(1))),
    /** The file that holds the key, read before each request. */
    apiKeyFile: z.optional(z.string().check(z.minLength(1))),
    /** For `rules`: the rule file; by default the project's own. */
    rulesFile: z.optional(z.string().check(z.minLength(1))),
    /** For `echo` and `rules`: milliseconds between two words. Default: 20. */
    delayMs: z.optional(z.int().check(z.minimum(0), z.maximum(10_000))),
  })
  .check(
    z.refine(({ type, url }) => type === "echo" || type === "rules" || url !== undefined, {
      error: "This type of engine needs a url",
      path: ["url"],
    }),
    z.refine(({ apiKeyEnv, apiKeyFile }) => apiKeyEnv === undefined || apiKeyFile === undefined, {
      error: "Give apiKeyEnv or apiKeyFile, not both",
      path: ["apiKeyFile"],
    }),
  );
export type EngineConfig = z.infer<typeof EngineConfig>;

const ModelConfig = z.strictObject({
  /** What is stored with a conversation: keep it. */
  id: ModelId,
  /** What people see; by default the last part of the id. */
  name: z.optional(ModelId),
  /** In the order in which they are asked: the first that can, answers. */
  engines: z.array(EngineConfig).check(z.minLength(1), z.maxLength(8)),
  /** Tokens of prompt and answer together, where the servers do not say, or less is wanted. */
  contextTokens: z.optional(z.int().check(z.minimum(256))),
});
export type ModelConfig = z.infer<typeof ModelConfig>;

/** The models of a deployment as `MODELS` gives them, the default first. */
export const ModelsConfig = z.array(ModelConfig).check(
  z.minLength(1),
  z.maxLength(50),
  z.refine((models) => new Set(models.map(({ id }) => id)).size === models.length, {
    error: "Two models have the same id",
  }),
);
export type ModelsConfig = z.infer<typeof ModelsConfig>;
