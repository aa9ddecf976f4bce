import { connect, isIP } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { connect as connectTls } from "node:tls";
import { Refusal } from "./say.mjs";

const ANSWER_MS = 5_000;

/**
 * What stands at a Redis URL. `state` is `ready` (then with an open `client`), `loading` (it still
 * reads its data), `password` (it wants another one, or one at all), `absent` (nobody listens) or
 * `foreign` (something answers that is no use); `reason` says more.
 */
export async function probe(url) {
  const { username, password, pathname } = new URL(url);
  let client;
  try {
    client = await open(url);
    if (password !== "") {
      const name = username === "" ? [] : [decodeURIComponent(username)];
      await client.send("AUTH", ...name, decodeURIComponent(password));
    }
    await client.send("PING");
    if (/^\/\d+$/.test(pathname)) await client.send("SELECT", pathname.slice(1));
    return { state: "ready", client, version: await versionOf(client) };
  } catch (error) {
    client?.close();
    return { state: stateOf(error), reason: error.message };
  }
}

/** As `probe`, once the Redis there has read its data. */
export async function probeReady(url, signal) {
  for (;;) {
    const found = await probe(url);
    if (found.state !== "loading") return found;
    await delay(100, undefined, { signal });
  }
}

/** @throws {Refusal} for a Redis that is too old. */
export function requireVersion(version, where) {
  if (Number.parseInt(version ?? "7", 10) >= 7) return;
  throw new Refusal(
    `Chatbot needs Redis 7 or newer, and ${where} is version ${version}. Set REDIS_OM_URL to a newer one.`,
  );
}

/** `undefined` where this user may not ask. */
async function versionOf(client) {
  const info = await client.send("INFO", "server").catch(() => "");
  return /^redis_version:(\S+)/m.exec(info)?.[1];
}

function stateOf(error) {
  if (["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN"].includes(error.code)) return "absent";
  if (/^LOADING/.test(error.message)) return "loading";
  // "ERR AUTH … without any password configured" is a Redis that needs none, and still a mistake.
  if (/^(NOAUTH|WRONGPASS|ERR AUTH|ERR invalid password|NOPERM)/.test(error.message)) {
    return "password";
  }
  return "foreign";
}

/** Connects to a Redis; `closed` resolves when the connection ends, whoever ends it. */
async function open(url) {
  const { protocol, hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, "");
  const address = { host, port: Number(port || 6379) };
  const secure = protocol === "rediss:";
  const socket = secure
    ? connectTls({ ...address, servername: isIP(host) ? "" : host })
    : connect(address);
  socket.setEncoding("latin1");

  const waiting = [];
  let received = "";
  let failed;
  const fail = (error) => {
    failed ??= error;
    socket.destroy();
    for (const { reject } of waiting.splice(0)) reject(failed);
  };
  socket.on("data", (text) => {
    received += text;
    try {
      for (let reply = parseReply(received, 0); reply !== undefined; ) {
        received = received.slice(reply.next);
        const { resolve, reject } = waiting.shift() ?? {};
        if (reply.value instanceof Error) reject?.(reply.value);
        else resolve?.(reply.value);
        reply = parseReply(received, 0);
      }
    } catch (error) {
      fail(error);
    }
  });
  socket.on("error", fail);
  const closed = new Promise((resolve) => {
    socket.on("close", () => {
      fail(new Error("it closed the connection"));
      resolve();
    });
  });
  const within = (promise) => {
    const timer = setTimeout(() => fail(new Error("it does not answer")), ANSWER_MS);
    return promise.finally(() => clearTimeout(timer));
  };

  await within(
    new Promise((resolve, reject) => {
      waiting.push({ reject });
      socket.once(secure ? "secureConnect" : "connect", resolve);
    }),
  );
  waiting.length = 0;

  return {
    closed,
    /** Sends one command; a reply that is an error rejects. */
    send(...words) {
      const sent = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("");
      return within(
        new Promise((resolve, reject) => {
          if (failed !== undefined) return reject(failed);
          waiting.push({ resolve, reject });
          socket.write(`*${words.length}\r\n${sent}`);
        }),
      );
    },
    close() {
      socket.destroy();
    },
  };
}

/** One reply of the Redis protocol, version 2, from `at`; `undefined` while it is not whole. */
function parseReply(data, at) {
  const end = data.indexOf("\r\n", at);
  if (end < 0) {
    if (data.length > at && !"+-:$*".includes(data[at])) throw new Error("it is no Redis");
    return undefined;
  }
  const line = data.slice(at + 1, end);
  let next = end + 2;
  switch (data[at]) {
    case "+":
      return { value: line, next };
    case "-":
      return { value: new Error(line), next };
    case ":":
      return { value: Number(line), next };
    case "$": {
      const length = Number(line);
      if (length < 0) return { value: null, next };
      if (data.length < next + length + 2) return undefined;
      return { value: data.slice(next, next + length), next: next + length + 2 };
    }
    case "*": {
      const items = [];
      while (items.length < Number(line)) {
        const item = parseReply(data, next);
        if (item === undefined) return undefined;
        items.push(item.value);
        next = item.next;
      }
      return { value: items, next };
    }
    default:
      throw new Error("it is no Redis");
  }
}
