import { expect, test, vi } from "vitest";
import { ask, call, connect, createConversation } from "./chat-client.ts";
import { setUpObserved } from "./observed.ts";

/** Each starts several processes, on a machine that may be busy. */
vi.setConfig({ testTimeout: 60_000 });

type Line = Readonly<Record<string, unknown>>;
const KEY = "a key that is long enough";

test("a turn is followed by its ids over two processes, and no line tells what was said or by whom", async () => {
  const { start } = await setUpObserved({}, { LOG_LEVEL: "trace", LOG_USER_HASH_KEY: KEY });
  const web = await start({ ROLE: "web" });
  const worker = await start({ ROLE: "worker" });
  const headers = { Cookie: "session=a-cookie", Authorization: "Bearer a-bearer" };
  const { id } = await createConversation(web.url);
  const client = await connect(web.url, { headers });
  client.send({ type: "subscribe", conversationId: id });
  const { generationId } = await ask(client, id, "a private question");
  await client.ended(generationId);
  // One that fails and one of somebody else, too: errors must not quote either.
  await call(web.url, "POST", `/api/conversations/${id}/messages`, { content: 7 }, { headers });
  await call(
    web.url,
    "POST",
    `/api/conversations/${id}/messages`,
    { content: "private" },
    {
      user: "mallory",
      headers,
    },
  );
  const shared = await call(web.url, "POST", `/api/conversations/${id}/share`, {}, { headers });
  const share = (await shared.json()) as { id?: string };
  client.close();
  const linesOf = (app: typeof web) => app.lines.map((line): Line => JSON.parse(line));
  const find = (app: typeof web, msg: string, fits: Line = {}) =>
    linesOf(app).find(
      (line) =>
        line.msg === msg && Object.entries(fits).every(([name, value]) => line[name] === value),
    );
  await expect.poll(() => find(web, "socket closed")).toBeDefined();
  await expect.poll(() => find(worker, "generation ended")).toBeDefined();

  const frame = find(web, "frame", { type: "send" });
  expect(frame).toMatchObject({ conversationId: id, generationId });
  const { userHash, socketId } = frame ?? {};
  expect(userHash).toMatch(/^[\da-f]{16}$/);
  const opened = find(web, "socket opened", { socketId });
  expect(opened).toMatchObject({ userHash });
  expect(find(web, "request", { requestId: opened?.requestId })).toMatchObject({
    route: "/api/ws",
    status: 101,
    userHash,
  });
  expect(find(web, "socket closed", { socketId })).toMatchObject({ code: 1005, userHash });
  for (const msg of ["generation claimed", "generation ended"]) {
    expect(find(worker, msg, { generationId })).toMatchObject({ conversationId: id, userHash });
  }
  expect(find(web, "request", { status: 404, conversationId: id })?.userHash).not.toBe(userHash);

  const all = [...web.lines, ...worker.lines].join("\n");
  const secrets = ["private", "Blue light", "a-cookie", "a-bearer", "alice", "mallory", KEY];
  if (share.id !== undefined) secrets.push(share.id);
  expect(secrets.filter((secret) => all.includes(secret))).toEqual([]);
});
