import { createBudget } from "../../../src/doctor/budget.ts";
import { type Answer, createDoor, type Door } from "../../../src/doctor/door.ts";
import type { Account } from "./provider.ts";
import type { Scene } from "./scene.ts";

const MOST = 20;

/** The way into a scene for programs, which say what they like in their headers. */
export function doorOf({ origin, certificate }: Pick<Scene, "origin" | "certificate">): Door {
  const budget = createBudget(10_000, 600_000);
  return createDoor({ url: new URL(origin), ca: certificate, budget });
}

/** Signs somebody in as a browser would, by following where it is led. @returns the `Cookie` header. */
export async function signInAs(scene: Scene, account: Account): Promise<string> {
  const jars = new Map<string, Map<string, string>>();
  const doors = new Map<string, Door>([[scene.origin, doorOf(scene)]]);
  const jarOf = (origin: string) => {
    const jar = jars.get(origin) ?? new Map<string, string>();
    jars.set(origin, jar);
    return jar;
  };
  const go = async (url: URL, form?: string): Promise<Answer> => {
    const budget = createBudget(100, 60_000);
    const door = doors.get(url.origin) ?? createDoor({ url: new URL(url.origin), budget });
    doors.set(url.origin, door);
    const jar = jarOf(url.origin);
    const answer = await door.call({
      path: `${url.pathname}${url.search}`,
      headers: [
        ["Accept", "text/html"],
        ["Cookie", [...jar].map((pair) => pair.join("=")).join("; ")],
        ...(form === undefined
          ? []
          : [["Content-Type", "application/x-www-form-urlencoded"] as const]),
      ],
      ...(form !== undefined && { method: "POST", body: form }),
    });
    for (const line of answer.setCookies) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === "") jar.delete(name);
      else jar.set(name, value);
    }
    return answer;
  };

  let url = new URL("/", scene.origin);
  let form: string | undefined;
  for (let count = 0; count < MOST; count += 1) {
    const answer = await go(url, form);
    form = undefined;
    const { location } = answer.headers;
    if (location !== undefined) url = new URL(location, url);
    else if (url.pathname.startsWith("/login/")) form = `user=${account}`;
    else if (url.origin === scene.origin && answer.status === 200) {
      return [...jarOf(scene.origin)].map((pair) => pair.join("=")).join("; ");
    } else throw new Error(`${url.pathname} answered with ${answer.status}: ${answer.body}`);
  }
  throw new Error("The sign-in goes round in circles.");
}
