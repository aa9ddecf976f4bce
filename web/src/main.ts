import "./jitless.ts";
import { createClient } from "./api/client.ts";
import { createSignInGate } from "./api/sign-in-gate.ts";
import { ChatApp } from "./components/chat-app.ts";
import { startLanguage } from "./i18n/language.ts";
import { loadEngine } from "./markdown/load-engine.ts";
import { createChat } from "./state/chat.ts";
import { parseRoute } from "./state/route.ts";
import { watchPage } from "./watch-page.ts";

const shared = location.pathname.startsWith("/share/");
if (shared) await startSharePage();
else await startChat();

async function startChat(): Promise<void> {
  const gate = createSignInGate();
  const chat = createChat(createClient(gate), gate);
  watchPage(chat);
  // Nothing is drawn before the words are here; the socket opens meanwhile.
  await startLanguage();
  const app = document.querySelector("chat-app");
  if (app instanceof ChatApp) app.start(chat);
}

/** What is shared needs neither an identity nor a socket: nothing of the chat is started for it. */
async function startSharePage(): Promise<void> {
  const [{ showSharePage }] = await Promise.all([
    import("./components/share-page.ts"),
    startLanguage(),
  ]);
  showSharePage(parseRoute(location.pathname));
}

// One can write before Markdown is here; an open conversation asks for it by itself.
const preload = () =>
  void loadEngine()
    .then(() => import("./markdown/warm-up.ts"))
    .then(({ warmUp }) => warmUp())
    .catch(() => undefined);
const later = () => {
  preload();
  void import("./register-worker.ts")
    .then(({ registerWorker }) => registerWorker())
    .catch(() => undefined);
};
if (shared) preload();
else if ("requestIdleCallback" in window) requestIdleCallback(later, { timeout: 3_000 });
else setTimeout(later, 1_000);
