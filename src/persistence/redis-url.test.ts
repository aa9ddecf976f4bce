import { expect, test } from "vitest";
import { parseRedisUrl, redisUrlProblem } from "./redis-url.ts";

test.each([
  [
    "redis://localhost",
    { addresses: [{ host: "localhost", port: 6379 }], tls: false, database: 0 },
  ],
  [
    "rediss://user:p%40ss@redis.example:6380/2",
    {
      topology: "single",
      addresses: [{ host: "redis.example", port: 6380 }],
      tls: true,
      username: "user",
      password: "p@ss",
      database: 2,
    },
  ],
  ["redis://:secret@[::1]:6379/", { addresses: [{ host: "::1", port: 6379 }], password: "secret" }],
  [
    "redis+sentinel://:pw@a:1,b,c:3/main",
    {
      topology: "sentinel",
      addresses: [
        { host: "a", port: 1 },
        { host: "b", port: 26379 },
        { host: "c", port: 3 },
      ],
      password: "pw",
      master: "main",
      database: 0,
    },
  ],
  ["rediss+sentinel://a/my%20main/3", { tls: true, master: "my main", database: 3 }],
  [
    "REDIS+Cluster://u:p@a:1,b:2",
    {
      topology: "cluster",
      addresses: [
        { host: "a", port: 1 },
        { host: "b", port: 2 },
      ],
      username: "u",
      password: "p",
    },
  ],
  ["rediss+cluster://a/0", { topology: "cluster", tls: true, database: 0 }],
  ["redis://u:a@b@host", { username: "u", password: "a@b", addresses: [{ host: "host" }] }],
])("reads %s", (url, expected) => {
  expect(parseRedisUrl(url)).toMatchObject(expected);
  expect(redisUrlProblem(url)).toBeUndefined();
});

test.each([
  "localhost:6379",
  "http://localhost",
  "redis://",
  "redis://:hunter2@",
  "redis://:hunter2@a:x",
  "redis://:hunter2@a:0",
  "redis://:hunter2@a,b",
  "redis://:hunter2@a/one",
  "redis://:hunter2@a/1/2",
  "redis://:hunter2%@a",
  "redis://a?db=1",
  "redis+sentinel://:hunter2@a",
  "redis+sentinel://:hunter2@a/",
  "redis+sentinel://:hunter2@a/main/x",
  "redis+sentinel://:hunter2@a/main/1/2",
  "redis+cluster://:hunter2@a/1",
  "redis+cluster://:hunter2@a,,b",
  "redis+proxy://:hunter2@a",
])("refuses %s and never says the password", (url) => {
  const problem = redisUrlProblem(url);
  expect(problem).toMatch(/^[a-z]/);
  expect(problem).not.toContain("hunter2");
});
