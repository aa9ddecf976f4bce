import { startLanguage } from "../i18n/language.ts";
import { words } from "../i18n/words.ts";
import { SIGNED_IN_CHANNEL } from "./signed-in.ts";

// The proxy lets nobody but the signed-in come this far; where it guards the API alone, ask again.
const AGAIN_MS = 2_000;

await startLanguage();
const text = document.querySelector("p");
const say = (what: string) => {
  if (text && text.textContent !== what) text.textContent = what;
};
document.title = words().connection.signIn;
say(words().signIn.checking);

for (;;) {
  const response = await fetch("/api/session", { redirect: "manual" }).catch(() => undefined);
  if (response?.ok) break;
  say(words().signIn.notYet);
  await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
}
new BroadcastChannel(SIGNED_IN_CHANNEL).postMessage("signed-in");
say(words().signIn.done);
close();
