import type { WebSocket } from "ws";
import * as z from "zod/mini";
import { User } from "../../protocol/session.ts";
import type { Attack, Family } from "../attacks.ts";
import type { Deployment } from "../deployment.ts";
import type { Door } from "../door.ts";
import { type Check, failed, held, notChecked, type Outcome } from "../outcome.ts";
import { json, sessionIn } from "../session.ts";
import { hear } from "../socket.ts";

/** Attacks under way at once. */
const AT_ONCE = 4;
const MAX_NAMED = 6;

/** Where attacks are made, and as whom. */
interface Way {
  readonly id: string;
  readonly what: string;
  readonly doorOf: (deployment: Deployment) => Door | undefined;
  readonly signedIn: boolean;
  readonly socket: boolean;
}

const front = ({ front }: Deployment) => front;
const app = ({ app }: Deployment) => app;
const WAYS: readonly Way[] = [
  { id: "", what: "signed out", doorOf: front, signedIn: false, socket: false },
  {
    id: "-socket",
    what: "signed out, opening a socket",
    doorOf: front,
    signedIn: false,
    socket: true,
  },
  {
    id: "-signed-in",
    what: "signed in as somebody else",
    doorOf: front,
    signedIn: true,
    socket: false,
  },
  {
    id: "-signed-in-socket",
    what: "signed in as somebody else, opening a socket",
    doorOf: front,
    signedIn: true,
    socket: true,
  },
  {
    id: "-app",
    what: "past the proxy, at the app itself",
    doorOf: app,
    signedIn: false,
    socket: false,
  },
  {
    id: "-app-socket",
    what: "past the proxy, at the app itself, opening a socket",
    doorOf: app,
    signedIn: false,
    socket: true,
  },
];

/** Every family of attacks, each in every way. */
export function forgedChecks(families: readonly Family[]): readonly Check[] {
  // Where the simplest one works the others tell nothing more.
  const open = new Map<string, string>();
  return WAYS.flatMap((way) => {
    const place = `${way.doorOf === app}${way.socket}`;
    return families.map((family) => ({
      id: `${family.id}${way.id}`,
      what: `Sends ${family.what}: ${way.what}`,
      async run(deployment: Deployment) {
        const before = open.get(place);
        if (before !== undefined) return notChecked(`${before} failed, and is the same door`);
        const outcome = await runFamily(family, way, deployment);
        if (outcome.verdict === "failed") open.set(place, `${family.id}${way.id}`);
        return outcome;
      },
    }));
  });
}

/** How one attack ended: as who it is, or refused, or neither. */
type Ending =
  | { readonly as: User }
  | { readonly refused: number }
  | { readonly open: true }
  | { readonly error: string };

async function runFamily(family: Family, way: Way, deployment: Deployment): Promise<Outcome> {
  const door = way.doorOf(deployment);
  if (door === undefined) return notChecked("no address of the app was given (--app-url)");
  const { visitor, signedIn, signedOutBecause } = deployment;
  if (way.signedIn && visitor === undefined) return notChecked(signedOutBecause);
  const me = way.signedIn ? signedIn : undefined;

  const inside: string[] = [];
  const dropped: string[] = [];
  let refusals = 0;
  let errors = 0;
  const queue = [...family.attacks];
  const take = async () => {
    for (let attack = queue.shift(); attack !== undefined; attack = queue.shift()) {
      const ending = await tryOne(attack, way, door, deployment);
      if ("error" in ending) errors += 1;
      if ("refused" in ending) {
        refusals += 1;
        if (me !== undefined && family.id === "dropped-headers") dropped.push(attack.name);
      }
      if ("open" in ending) inside.push(`${attack.name} (a socket opened)`);
      if ("as" in ending && !sameUser(ending.as, me?.user)) inside.push(attack.name);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, take));

  const { length } = family.attacks;
  if (errors === length) return unreachable(way);
  if (inside.length > 0) {
    const who = way.signedIn ? "passed for somebody else" : "got in";
    const advice =
      way.doorOf === app
        ? "Let nobody but the proxy reach the app (network policy), and set AUTH_MODE=header+jwt with a proxy secret, so that a header alone proves nothing."
        : family.advice;
    return failed(`Of ${length} requests ${inside.length} ${who}: ${some(inside)}.`, advice);
  }
  if (dropped.length > 0) {
    return failed(
      `Nobody got in, but whoever is signed in can make the proxy drop what it sets: ${some(dropped)}.`,
      family.advice,
    );
  }
  if (way.signedIn && me === undefined) return notChecked(signedOutBecause);
  const rest = length - refusals - errors;
  const kept = rest > 0 ? `, ${rest} were answered as who they were` : "";
  return held(
    `${length} requests: ${refusals} refused${kept}${errors > 0 ? `, ${errors} cut` : ""}.`,
  );
}

/** Past the proxy nobody answering is what should be; at the front it cannot be judged. */
function unreachable(way: Way): Outcome {
  if (way.doorOf === app) return held("The app does not answer here.");
  throw new Error("no request was answered");
}

async function tryOne(
  { headers }: Attack,
  { signedIn, socket }: Way,
  door: Door,
  deployment: Deployment,
): Promise<Ending> {
  const own = signedIn
    ? (deployment.visitor?.headers() ?? [])
    : [["Accept", "application/json"] as const];
  try {
    if (socket) {
      const opened = await door.openSocket([...own, ["Origin", door.origin], ...headers]);
      return "status" in opened ? { refused: opened.status } : await whose(opened);
    }
    const answer = await door.call({ path: "/api/session", headers: [...own, ...headers] });
    const session = sessionIn(answer);
    return session === undefined ? { refused: answer.status } : { as: session.user };
  } catch (error) {
    deployment.signal.throwIfAborted();
    return { error: String(error) };
  }
}

const Hello = z.object({ type: z.literal("hello"), user: User });

async function whose(socket: WebSocket): Promise<Ending> {
  const hello = await hear(socket, (text) => z.safeParse(Hello, json(text)).data);
  socket.terminate();
  return hello === undefined ? { open: true } : { as: hello.user };
}

function sameUser(one: User, other: User | undefined): boolean {
  return (
    other !== undefined &&
    one.id === other.id &&
    one.email === other.email &&
    one.name === other.name &&
    one.groups.join("\n") === other.groups.join("\n")
  );
}

function some(names: readonly string[]): string {
  const more = names.length - MAX_NAMED;
  return `${names.slice(0, MAX_NAMED).join("; ")}${more > 0 ? `; and ${more} more` : ""}`;
}
