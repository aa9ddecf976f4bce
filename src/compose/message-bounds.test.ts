import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { createTestApp } from "../../test/test-app.ts";
import { listen, portOf } from "./listen.ts";

/** Everything that the app says to these bytes, until it closes the connection. */
async function answerTo(bytes: string): Promise<{ answer: string; lines: readonly string[] }> {
  const { app, lines } = createTestApp();
  const server = await listen(app, "127.0.0.1", 0);
  onTestFinished(() => void server.close().closeAllConnections());
  const socket = connect(portOf(server), "127.0.0.1");
  await once(socket, "connect");
  socket.write(bytes);
  return { answer: await text(socket), lines };
}

const POST = "POST /api/conversations HTTP/1.1\r\nHost: x\r\nX-Forwarded-User: alice\r\n";
const SMUGGLED = "GET /api/session HTTP/1.1\r\nHost: x\r\nX-Forwarded-User: mallory\r\n\r\n";

test.each([
  ["two lengths", `${POST}Content-Length: 0\r\nContent-Length: 2\r\n\r\n`],
  ["a length that is signed", `${POST}Content-Length: +0\r\n\r\n`],
  [
    "a length and chunks",
    `${POST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  ],
  ["an encoding that nobody knows", `${POST}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`],
  ["chunks that are not the last encoding", `${POST}Transfer-Encoding: chunked, x\r\n\r\n`],
  ["a blank before a colon", `${POST}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`],
  ["a header that goes on in the next line", `${POST}X-Long: a\r\n b\r\n\r\n`],
  ["lines that end without a return", `${POST.replaceAll("\r", "")}\n`],
])("a request with %s is refused, and nothing behind it is answered", async (_, head) => {
  const { answer, lines } = await answerTo(head + SMUGGLED);
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
  expect(lines.join("")).not.toContain("/api/session");
});

test.each(["/", "/api/session"])("TRACE %s says nothing back of what was sent", async (path) => {
  const { answer } = await answerTo(
    `TRACE ${path} HTTP/1.1\r\nHost: x\r\nX-Forwarded-User: alice\r\nX-Probe: s3cret\r\nConnection: close\r\n\r\n`,
  );
  expect(answer).toMatch(/^HTTP\/1\.1 404 /);
  expect(answer).not.toContain("s3cret");
});
