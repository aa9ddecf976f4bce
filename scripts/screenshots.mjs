import { guard, say } from "./say.mjs";
import { runVitest } from "./vitest.mjs";

await guard(async () => {
  await runVitest("Taking pictures of every state", ["--project=screenshots"]);
  say("The pictures are in .screenshots/.");
});
