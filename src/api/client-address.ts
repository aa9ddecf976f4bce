import { BlockList, isIP } from "node:net";

/** Proxies that a request may have passed: more than anyone has, fewer than cost anything. */
const MAX_HOPS = 32;
const IPV4_IN_IPV6 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** Where a request comes from, for bounds; undefined where nobody who is trusted says. */
export type ClientAddress = (
  peer: string | undefined,
  forwardedFor: string | undefined,
) => string | undefined;

/**
 * Every proxy adds the address it was called from at the end of `X-Forwarded-For`; what stands before
 * the first one that is not trusted may be invented. Without trusted proxies the peer may be one that
 * nobody told us of, with all users behind it: then there is no address, and nothing to hold them to.
 * @param trustedProxies Addresses and networks, e.g. `10.0.0.0/8`, `fd00::/8`.
 */
export function createClientAddress(trustedProxies: readonly string[]): ClientAddress {
  if (trustedProxies.length === 0) return () => undefined;
  const trusted = new BlockList();
  for (const proxy of trustedProxies) {
    const [address = "", bits] = proxy.split("/");
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    trusted.addSubnet(address, Number(bits ?? (family === "ipv6" ? 128 : 32)), family);
  }
  const isTrusted = (address: string) =>
    trusted.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");

  return (peer, forwardedFor) => {
    const nearest = peer === undefined ? undefined : parseAddress(peer);
    if (nearest === undefined) return undefined;
    if (!isTrusted(nearest)) return networkOf(nearest);
    const hops = (forwardedFor ?? "").split(",").slice(-MAX_HOPS).toReversed();
    for (const hop of hops) {
      const address = parseAddress(hop.trim());
      if (address === undefined) return undefined;
      if (!isTrusted(address)) return networkOf(address);
    }
    return undefined;
  };
}

/** Some proxies add a port. */
function parseAddress(text: string): string | undefined {
  const bare = text.replace(/^\[(.*)\](:\d+)?$/, "$1").replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, "$1");
  const [, v4] = IPV4_IN_IPV6.exec(bare) ?? [];
  const address = v4 ?? bare.replace(/%.*$/, "");
  return isIP(address) === 0 ? undefined : address;
}

/** Whoever has one address of IPv6 has a network of them: its first 64 bits tell people apart. */
function networkOf(address: string): string {
  if (isIP(address) === 4) return address;
  const [head = "", tail] = address.toLowerCase().split("::");
  const first = head === "" ? [] : head.split(":");
  const last = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? [] : new Array(8 - first.length - last.length).fill("0");
  const groups = [...first, ...zeros, ...last].slice(0, 4);
  return `${groups.map((group) => group.replace(/^0+(?=.)/, "")).join(":")}::/64`;
}
