import { openStore, type Store } from "../../store.ts";
import type { Cluster } from "../cluster/kubectl.ts";
import { PASSWORDS } from "../cluster/namespace.ts";

/** The store of the bundled Redis, as the app's own user, at its pod's address. */
export async function openStored({ get }: Cluster): Promise<Store> {
  const [redis] = await get(
    "pods",
    "--namespace=chatbot",
    "--selector=app.kubernetes.io/component=redis",
  );
  const url = `redis://chatbot:${PASSWORDS.password}@${redis.status.podIP}:6379`;
  const store = await openStore({ url });
  store.redis.client.on("error", () => undefined);
  return store;
}
