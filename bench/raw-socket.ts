import { connect, type Socket } from "node:net";

/** A WebSocket that costs less than what it measures: text frames only, nothing is checked. */
export interface RawSocket {
  readonly socket: Socket;
  send(text: string): void;
  close(): void;
}

/** Opens one; rejects where the upgrade is refused. */
export function openRawSocket(
  url: string,
  headers: Readonly<Record<string, string>>,
  onText: (text: string) => void,
): Promise<RawSocket> {
  const { hostname, port, pathname, host } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(
    `GET ${pathname} HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n${lines.join("")}\r\n`,
  );
  let rest: Buffer = Buffer.alloc(0);

  function read(bytes: Buffer): void {
    rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    let at = 0;
    for (;;) {
      if (rest.length - at < 2) break;
      let length = rest.readUInt8(at + 1) & 0x7f;
      let start = at + 2;
      if (length === 126) {
        if (rest.length - at < 4) break;
        length = rest.readUInt16BE(at + 2);
        start = at + 4;
      } else if (length === 127) {
        if (rest.length - at < 10) break;
        length = Number(rest.readBigUInt64BE(at + 2));
        start = at + 10;
      }
      if (rest.length < start + length) break;
      const opcode = rest.readUInt8(at) & 0x0f;
      if (opcode === 1) onText(rest.toString("utf8", start, start + length));
      // A ping: an empty pong, masked with zeros, keeps the server content.
      if (opcode === 9) socket.write(Buffer.from([0x8a, 0x80, 0, 0, 0, 0]));
      at = start + length;
    }
    rest = rest.subarray(at);
  }

  return new Promise((resolve, reject) => {
    let head = "";
    const onHead = (bytes: Buffer) => {
      head += bytes.toString("latin1");
      const end = head.indexOf("\r\n\r\n");
      if (end < 0) return;
      socket.off("data", onHead);
      if (!head.startsWith("HTTP/1.1 101")) {
        socket.destroy();
        reject(new Error(`refused: ${head.slice(0, 40)}`));
        return;
      }
      socket.on("data", read);
      resolve({
        socket,
        send: (text) => socket.write(maskedFrame(text)),
        close: () => socket.destroy(),
      });
      read(Buffer.from(head.slice(end + 4), "latin1"));
    };
    socket.on("data", onHead);
    socket.once("error", reject);
  });
}

/** A client's text frame; a mask of zeros leaves the text as it is. */
function maskedFrame(text: string): Buffer {
  const body = Buffer.from(text);
  const head =
    body.length < 126
      ? Buffer.from([0x81, 0x80 | body.length])
      : Buffer.from([0x81, 0xfe, body.length >> 8, body.length & 0xff]);
  return Buffer.concat([head, Buffer.alloc(4), body]);
}
