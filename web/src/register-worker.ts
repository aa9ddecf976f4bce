const WORKER = "/sw.js";
/** A tab that stays open for days learns of a new build that often. */
const UPDATE_MS = 3_600_000;

/**
 * Lets the page open without a network from now on. Browsers allow it over TLS and on this machine
 * alone; elsewhere, and where it is forbidden, everything else works.
 */
export async function registerWorker(): Promise<void> {
  const workers = "serviceWorker" in navigator ? navigator.serviceWorker : undefined;
  if (!workers || !import.meta.env.PROD) return;
  try {
    const registration = await workers.register(workerUrl(), { updateViaCache: "none" });
    setInterval(() => void registration.update().catch(() => undefined), UPDATE_MS);
  } catch {
    // A roll-out is under way, or the sign-in has expired: the next visit tries again.
  }
}

/** The page may run no other script than this one that way. */
function workerUrl(): string | TrustedScriptURL {
  const policy = window.trustedTypes?.createPolicy("service-worker", {
    createScriptURL: () => WORKER,
  });
  return policy?.createScriptURL(WORKER) ?? WORKER;
}

// The DOM's types know nothing of Trusted Types yet.
declare global {
  interface TrustedScriptURL {
    toJSON(): string;
  }
  interface Window {
    readonly trustedTypes?: {
      createPolicy(
        name: string,
        rules: { readonly createScriptURL: (url: string) => string },
      ): { createScriptURL(url: string): TrustedScriptURL };
    };
  }
  interface ServiceWorkerContainer {
    register(
      url: string | TrustedScriptURL,
      options?: RegistrationOptions,
    ): Promise<ServiceWorkerRegistration>;
  }
}
