/** What sets formulas. */
export type MathEngine = typeof import("./render-math.ts");

let loading: Promise<MathEngine> | undefined;
let loaded: MathEngine | undefined;

/** The setter of formulas, where it is here already. */
export function mathIfLoaded(): MathEngine | undefined {
  return loaded;
}

/** Loads the setter of formulas and its fonts, once; only an answer with a formula needs it. */
export function loadMath(): Promise<MathEngine> {
  loading ??= import("./render-math.ts").then(
    async (engine) => {
      await engine.mathFonts();
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
