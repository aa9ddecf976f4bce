import type { Redis } from "../../src/persistence/redis.ts";
import type { WorkerNews } from "./worker-process.ts";

/** Tells what the store's replies to scripts say of claims, fences and lost writes. */
export function watchScripts(redis: Redis, tell: (news: WorkerNews) => void): Redis {
  const script: Redis["script"] = async (name, keys, args) => {
    const reply = await redis.script(name, keys, args);
    if (name === "claim" && reply !== null) {
      const [, generationId, , , , , , , , started] = reply as string[];
      tell({ type: "claimed", generationId: generationId ?? "", takeOver: started !== "" });
    }
    if (reply === null && (name === "finish" || name === "hold")) {
      tell({ type: "fenced", script: name });
    }
    if (name === "finish" && Array.isArray(reply)) tell({ type: "healed" });
    for (const one of name === "append" && Array.isArray(reply) ? reply : []) {
      const [word] = Array.isArray(one) ? one : [];
      if (word === "LOST") tell({ type: "fenced", script: name });
      if (word === "MISMATCH") tell({ type: "healed" });
    }
    return reply;
  };
  return Object.assign(Object.create(redis), { script });
}
