import "./jitless.ts";
import { createClient } from "./api/client.ts";
import { ChatApp } from "./components/chat-app.ts";
import { loadEngine } from "./markdown/load-engine.ts";
import { createChat } from "./state/chat.ts";
import { watchPage } from "./watch-page.ts";

const chat = createChat(createClient());
watchPage(chat);
const app = document.querySelector("chat-app");
if (app instanceof ChatApp) app.start(chat);

// One can write before Markdown is here; an open conversation asks for it by itself.
const preload = () => void loadEngine().catch(() => undefined);
if ("requestIdleCallback" in window) requestIdleCallback(preload, { timeout: 3_000 });
else setTimeout(preload, 1_000);
