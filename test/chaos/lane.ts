import { expect, onTestFinished } from "vitest";
import { agree } from "./agree.ts";
import { question } from "./corpus.ts";
import { type FleetCounts, newCounts, spawnWorker, type WorkerProcess } from "./fleet.ts";
import { createConversations, type Setting, setUp } from "./set-up.ts";
import type { Turn } from "./turn.ts";
import { openViewer } from "./viewer.ts";
import type { Boundary } from "./watch-calls.ts";
import type { WorkerNews, WorkerSettings } from "./worker-process.ts";

const LEASE_MS = 400;
/** Long enough for two of everything that takes its time in an answer. */
const WORDS = 60;

/** What a scenario may work with. */
export interface Scene {
  readonly setting: Setting;
  readonly turn: Turn;
  /** Another worker, which is killed there, and whose lease has run out. */
  killAnother(boundary: Boundary): Promise<void>;
}

/** How a question finds its worker, and what happens to both. */
export interface Scenario {
  readonly name: string;
  /** Of the answer; more where the scene must come in time, however busy the machine. */
  readonly words?: number;
  /** Of the worker that is watched, beside what all have. */
  readonly settings?: (lane: Setting) => Partial<WorkerSettings>;
  /** Once the question is queued, before the worker begins. */
  readonly before?: (scene: Scene) => Promise<void>;
  /** While the worker works; it may be dead by the time. */
  readonly during?: (scene: Scene, worker: WorkerProcess) => Promise<void>;
}

/** A store, a model server, a pod with a viewer, and a worker that goes on where another died. */
export interface Lane {
  readonly counts: FleetCounts;
  /** Boundaries that a scenario did not come by a second time, as it had when it was recorded. */
  readonly missed: readonly string[];
  /** Plays a scenario to its end; gives the calls that its worker made. */
  record(scenario: Scenario): Promise<readonly string[]>;
  /**
   * Plays a scenario whose worker dies at the boundary. @throws where it did not, unless it is that
   * of a second call: how often a worker renews, or claims again, is a matter of time.
   */
  kill(scenario: Scenario, boundary: Boundary): Promise<void>;
  agree(): ReturnType<typeof agree>;
}

export async function openLane(program: string): Promise<Lane> {
  const setting = await setUp({ tokensPerSecond: 60, leaseMs: LEASE_MS });
  const { store, settings, startWeb } = setting;
  const web = await startWeb();
  const viewer = openViewer("viewer", () => web.url);
  const counts = newCounts();
  const missed: string[] = [];
  const turns: Turn[] = [];
  const hired = new Set<WorkerProcess>();
  onTestFinished(() => {
    for (const worker of hired) worker.signal("SIGKILL");
  });

  function hire(onCall: (call: string) => void = () => undefined): WorkerProcess {
    const worker = spawnWorker(program, settings, (news: WorkerNews) => {
      if (news.type === "call") onCall(news.call);
      if (news.type === "claimed" && news.takeOver) counts.takeOvers += 1;
      if (news.type === "fenced") counts.fenced += 1;
      if (news.type === "healed") counts.healed += 1;
      if (news.type === "error") counts.errors.push(news.words);
    });
    hired.add(worker);
    void worker.exited.then(() => hired.delete(worker));
    return worker;
  }

  const survivor = hire();
  await survivor.ready;
  survivor.begin({ tidyMs: 300 });

  /** Dead by its own hand, and by nothing else; or alive, where it `mayMiss` the place. */
  async function died(worker: WorkerProcess, where: string, mayMiss = false): Promise<void> {
    let how: string | number | null | undefined;
    void worker.exited.then((end) => {
      how = end;
    });
    try {
      await expect.poll(() => how, { timeout: 15_000, message: where }).toBe("SIGKILL");
      counts.kills += 1;
    } catch (error) {
      if (!mayMiss || how !== undefined) throw error;
      missed.push(where);
      worker.signal("SIGKILL");
    }
  }

  async function play(
    scenario: Scenario,
    worker: WorkerProcess,
    how: Partial<WorkerSettings>,
    ended: (turn: Turn) => Promise<void>,
  ): Promise<void> {
    const [[id = ""]] = await Promise.all([createConversations(web.url, 1), worker.ready]);
    viewer.watch(id);
    survivor.signal("SIGSTOP");
    // Whatever the other had asked for by then has taken its effect.
    await store.redis.ping();
    const turn = await viewer.ask(id, question(scenario.words ?? WORDS));
    turns.push(turn);
    const scene: Scene = {
      setting,
      turn,
      async killAnother(boundary) {
        const another = hire();
        await another.ready;
        another.begin({ boundary });
        await died(another, `another, ${boundary.when} ${boundary.call}`);
        const { leases } = store.keys.partition(0);
        const left = () => store.redis.client.zScore(leases, turn.generationId);
        await expect.poll(async () => Number(await left()) < Date.now()).toBe(true);
      },
    };
    await scenario.before?.(scene);
    worker.begin({ ...how, ...scenario.settings?.(setting) });
    await scenario.during?.(scene, worker);
    await ended(turn);
    survivor.signal("SIGCONT");
    await viewer.ended(turn);
  }

  return {
    counts,
    missed,
    async record(scenario) {
      const calls: string[] = [];
      const worker = hire((call) => calls.push(call));
      await play(scenario, worker, { records: true }, async (turn) => {
        const { active } = store.keys.partition(0);
        const over = async () =>
          (await store.redis.client.zScore(active, turn.conversationId)) === null;
        const titled = async () => {
          const { conversation } = store.keys.of(turn.conversationId as never);
          return (await store.redis.client.hGet(conversation, "title")) !== "";
        };
        const left = Promise.race([worker.exited, viewer.ended(turn)]);
        if (typeof (await left) !== "object") return;
        await expect.poll(async () => (await over()) && (await titled())).toBe(true);
        worker.signal("SIGTERM");
        expect(await worker.exited).toBe(0);
      });
      return calls;
    },
    async kill(scenario, boundary) {
      const worker = hire();
      const { call, nth, when } = boundary;
      const where = `${scenario.name}: ${when} ${call} ${nth}`;
      await play(scenario, worker, { boundary }, () => died(worker, where, nth > 1));
    },
    agree: () => agree({ store, url: web.url, screens: [viewer.screen], turns }),
  };
}
