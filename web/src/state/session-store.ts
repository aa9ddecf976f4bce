import type { Model, Session } from "../../../src/protocol/session.ts";
import type { Client } from "../api/client.ts";
import { ApiError } from "../api/http.ts";
import { ownStorage } from "./own-storage.ts";
import { createStore, type Store } from "./store.ts";

/** Who is signed in, how this deployment looks, and which models there are. */
export interface SessionStore {
  readonly session: Store<Session | undefined>;
  /** Asks again; whether someone is signed in. */
  check(): Promise<"signed-in" | "signed-out" | "unknown">;
  /** Takes the models as the server tells them. */
  takeModels(models: readonly Model[]): void;
  /** Asks for the models now: something may have been missed. */
  askModels(): void;
}

/** What a session tells. */
export interface SessionEvents {
  /** Someone is signed in, and is who was here before. */
  readonly onSignedIn: (session: Session) => void;
  readonly onSignedOut: () => void;
  /** Someone else is: what this page holds is not theirs. */
  readonly onOtherUser: () => void;
}

const ALL_READY_MS = 60_000;
const WAITING_MS = 10_000;

/** Nothing is asked before `check`. */
export function createSessionStore(
  client: Pick<Client, "session" | "models">,
  events: SessionEvents,
): SessionStore {
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
  const takeModels = (models: readonly Model[]) => {
    const known = session.get();
    if (known && JSON.stringify(known.models) !== JSON.stringify(models)) {
      session.set({ ...known, models: [...models] });
    }
    watchModels();
  };
  const askModels = async () => {
    try {
      takeModels(await client.models());
      return;
    } catch {
      // The connection tells when the server is away.
    }
    watchModels();
  };

  return {
    session,
    takeModels,
    askModels: () => void askModels(),
    async check() {
      try {
        const answer = await client.session();
        if (ownStorage.claim(answer.user.id) === "others") {
          events.onOtherUser();
          return "unknown";
        }
        session.set(answer);
        events.onSignedIn(answer);
        watchModels();
        return "signed-in";
      } catch (error) {
        const signedOut = error instanceof ApiError && error.code === "unauthenticated";
        if (signedOut) events.onSignedOut();
        return signedOut ? "signed-out" : "unknown";
      }
    },
  };
}
