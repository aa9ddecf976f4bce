/** What parses and renders Markdown. */
export type Engine = typeof import("./engine.ts").engine;

let loading: Promise<Engine> | undefined;
let loaded: Engine | undefined;

/** The Markdown engine, where it is here already. */
export function engineIfLoaded(): Engine | undefined {
  return loaded;
}

/** Loads the Markdown engine, once; it is a chunk of its own, so that one can type before it is here. */
export function loadEngine(): Promise<Engine> {
  loading ??= import("./engine.ts").then(
    ({ engine }) => {
      loaded = engine;
      return engine;
    },
    (error: unknown) => {
      loading = undefined;
      throw error;
    },
  );
  return loading;
}
