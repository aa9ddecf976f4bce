import type { Session } from "../../../src/protocol/session.ts";
import type { Client } from "../api/client.ts";
import { ApiError } from "../api/http.ts";
import { keepDraftsOf } from "./drafts.ts";
import { createStore, type Store } from "./store.ts";

/** Who is signed in, and which models there are. */
export interface SessionStore {
  readonly session: Store<Session | undefined>;
  /** Asks again; whether someone is signed in. */
  check(): Promise<"signed-in" | "signed-out" | "unknown">;
  /** Asks for the models' status, while a reader looks. */
  watchModels(): void;
}

const ALL_READY_MS = 60_000;
const WAITING_MS = 10_000;

/** Nothing is asked before `check`. */
export function createSessionStore(client: Client): SessionStore {
  const session = createStore<Session | undefined>(undefined);
  let timer: ReturnType<typeof setTimeout> | undefined;

  const watchModels = () => {
    clearTimeout(timer);
    const models = session.get()?.models ?? [];
    const waiting = models.length === 0 || models.some(({ status }) => status !== "ready");
    timer = setTimeout(
      () => {
        if (document.hidden) watchModels();
        else void askModels();
      },
      waiting ? WAITING_MS : ALL_READY_MS,
    );
  };
  const askModels = async () => {
    try {
      const models = await client.models();
      const known = session.get();
      if (known && JSON.stringify(known.models) !== JSON.stringify(models)) {
        session.set({ ...known, models: [...models] });
      }
    } catch {
      // The connection tells when the server is away.
    }
    watchModels();
  };

  return {
    session,
    watchModels,
    async check() {
      try {
        const answer = await client.session();
        keepDraftsOf(answer.user.id);
        session.set(answer);
        watchModels();
        return "signed-in";
      } catch (error) {
        return error instanceof ApiError && error.code === "unauthenticated"
          ? "signed-out"
          : "unknown";
      }
    },
  };
}
