import { once } from "node:events";
import { connect } from "node:net";
import { createServer } from "node:tls";
import { onTestFinished } from "vitest";
import { createCertificate } from "../../certificate.ts";

/**
 * Ends TLS as a load balancer does, and passes bytes on.
 * @returns the certificate, PEM, which vouches for itself.
 */
export async function endTls(port: number, target: number): Promise<string> {
  const { key, certificate } = createCertificate();
  const sockets = new Set<{ destroy(): void }>();
  const server = createServer({ key, cert: certificate }, (client) => {
    const upstream = connect(target, "127.0.0.1");
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one);
      one.pipe(other);
      one.on("error", () => undefined);
      one.once("close", () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return certificate;
}
