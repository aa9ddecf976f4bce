import { createClientAddress } from "../api/client-address.ts";
import { createIdentity } from "../api/identity.ts";
import { createProxySecret } from "../api/proxy-secret.ts";
import { createRequestLimits, USERS_PER_ADDRESS } from "../api/request-limits.ts";
import { createSeats } from "../domain/seats.ts";
import { createBeginStay } from "../domain/stay.ts";
import { createKeys } from "../proof/keys.ts";
import { createLoadKeys } from "../proof/load-keys.ts";
import { createProofVerifier } from "../proof/verifier.ts";
import type { Parts } from "./parts.ts";

/** What stands between a request and the app: who sends it, how often, and for how long. */
export function createEdge({ config, log, store }: Pick<Parts, "config" | "log" | "store">) {
  const { proof, proxySecret, userSockets } = config;
  const { live, signOuts } = store;
  return {
    readIdentity: createIdentity(config.auth, {
      signOuts,
      verifier:
        proof &&
        createProofVerifier(
          proof,
          createKeys({
            load: createLoadKeys(proof.issuer, proof.keys),
            onError: (err) => log.warn({ err }, "identity provider's keys not read"),
          }),
        ),
      checkSecret:
        proxySecret &&
        createProxySecret(proxySecret, (err) => log.warn({ err }, "proxy secret not read")),
    }),
    clientAddress: createClientAddress(config.trustedProxies),
    // The one local user has the machine to themselves.
    limits: createRequestLimits(config.auth.mode === "dev" ? 0 : config.userRequestsPerSecond),
    takeSeat: createSeats({ perUser: userSockets, perAddress: userSockets * USERS_PER_ADDRESS }),
    beginStay: createBeginStay({ live, signOuts, maxAgeMs: config.maxSocketAgeMs }),
  };
}
