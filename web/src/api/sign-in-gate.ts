import { ApiError } from "./http.ts";

/**
 * Where requests wait that came after the sign-in had expired: nothing is lost, and nobody is told
 * that a change could not be saved.
 */
export interface SignInGate {
  /** Asks; again once someone is signed in, where nobody was. `leaving`: the page cannot wait. */
  pass<T>(ask: () => Promise<T>, leaving?: boolean): Promise<T>;
  /** Someone is signed in: those who wait ask again. */
  open(): void;
  /** Called whenever a request finds nobody signed in. */
  onShut: () => void;
}

export function createSignInGate(): SignInGate {
  let opened = Promise.withResolvers<void>();
  const gate: SignInGate = {
    async pass(ask, leaving = false) {
      for (;;) {
        try {
          return await ask();
        } catch (error) {
          const signedOut = error instanceof ApiError && error.code === "unauthenticated";
          if (!signedOut || leaving) throw error;
          const { promise } = opened;
          gate.onShut();
          await promise;
        }
      }
    },
    open() {
      opened.resolve();
      opened = Promise.withResolvers<void>();
    },
    onShut: () => undefined,
  };
  return gate;
}
