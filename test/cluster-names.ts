import dns from "node:dns";

/**
 * Loaded by a process before it starts: the names of Services lead to this machine, as a cluster's DNS
 * leads to its pods.
 */
const lookUp = dns.lookup;
dns.lookup = Object.assign(
  (name: string, ...rest: unknown[]) =>
    Reflect.apply(lookUp, dns, [name.endsWith(".chatbot.svc") ? "127.0.0.1" : name, ...rest]),
  lookUp,
);
