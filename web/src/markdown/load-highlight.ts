/** What colours code. */
export type Highlight = typeof import("./highlight.ts");

let loading: Promise<Highlight> | undefined;
let loaded: Highlight | undefined;

/** What colours code, where it is here already. */
export function highlightIfLoaded(): Highlight | undefined {
  return loaded;
}

/** Loads what colours code, once; only code in a language needs it. */
export function loadHighlight(): Promise<Highlight> {
  loading ??= import("./highlight.ts").then(
    (highlight) => {
      loaded = highlight;
      return highlight;
    },
    (error: unknown) => {
      loading = undefined;
      throw error;
    },
  );
  return loading;
}
