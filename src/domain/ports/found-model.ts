/** A model server that was found at run time, as the catalogue takes it. */
export interface FoundModel {
  /** What is stored with a conversation. */
  readonly id: string;
  /** What people see; absent: the name of what the server says that it serves. */
  readonly name?: string;
  readonly type: "tgi" | "openai" | "auto";
  readonly url: string;
  /** The name that the server knows the model by. */
  readonly served?: string;
  /** The file that holds the server's key. */
  readonly apiKeyFile?: string;
  /** Tokens of prompt and answer together, where the server does not say, or less is wanted. */
  readonly contextTokens?: number;
  /** Whether anything stands behind its address. */
  readonly hasEndpoint: boolean;
}

/** What is known of the models that are looked for. */
export interface FoundModels {
  /** `away`: who would know does not answer, and these were there when last seen. */
  readonly state: "live" | "away";
  /** In the order in which people see them. */
  readonly models: readonly FoundModel[];
}
