import { setTimeout as sleep } from "node:timers/promises";
import { ChatError } from "../domain/errors.ts";
import type { GenerateRequest, Piece, TextGenerator } from "../domain/ports/model.ts";
import { type Answer, createAnswer, type Words } from "./answer.ts";
import { closable } from "./closable.ts";
import { chained, mapped } from "./iterate.ts";
import { UNSEEN_UPSTREAM, type UpstreamWatch } from "./observer.ts";
import { type Candidate, createRota, type Turn } from "./rota.ts";
import { failure, UpstreamError } from "./upstream-error.ts";
import { createWatchdog, type Patience } from "./watchdog.ts";

export interface ResilienceOptions extends Patience {
  /** How long a server that writes nothing is asked again, in milliseconds. */
  readonly retryMs: number;
  /** The first wait between two rounds of asking, in milliseconds; each next is twice as long. */
  readonly backOffMs: number;
  /** The longest such wait, in milliseconds. */
  readonly maxBackOffMs: number;
  /** How often one answer goes on after an interruption. */
  readonly maxContinues: number;
}

/** What holds where nothing else is asked for. */
export const DEFAULT_RESILIENCE: ResilienceOptions = {
  firstTokenMs: 120_000,
  betweenTokensMs: 30_000,
  retryMs: 20_000,
  backOffMs: 250,
  maxBackOffMs: 4_000,
  maxContinues: 3,
};

/** What a worker said of an answer before it began. */
export interface Announcement {
  readonly engine: string;
  readonly model: string;
}

/** One answer under way. */
interface Course {
  readonly answer: Answer;
  announced: Announcement;
  /** True where text was written in this run, and what follows is a continuation. */
  interrupted: boolean;
}

/** The first of an attempt's words, and whether they begin the answer anew. */
interface Start {
  begun: boolean;
  anew: boolean;
}

/** How an attempt failed, and whether it wrote anything. */
interface Failed {
  readonly error: ChatError;
  readonly progressed: boolean;
}

/** The last pieces of an answer. */
function finish(answer: Answer, finishReason: string): readonly Piece[] {
  const rest = answer.flush();
  const last: readonly Piece[] = [
    { type: "usage", usage: answer.usage() },
    { type: "end", finishReason },
  ];
  return rest ? [rest, ...last] : last;
}

const NOTHING: readonly Piece[] = [];

/** What stands before an attempt's first words: until then nothing is void, and nobody announced. */
function introduce(course: Course, candidate: Candidate, start: Start): readonly Piece[] {
  if (start.begun) return NOTHING;
  start.begun = true;
  const pieces: Piece[] = [];
  if (start.anew) {
    course.answer.restart();
    pieces.push({ type: "restart" });
  }
  const engine = candidate.engine.type ?? course.announced.engine;
  const { model } = candidate;
  if (engine !== course.announced.engine || model !== course.announced.model) {
    course.announced = { engine, model };
    pieces.push({ type: "engine", engine, model });
  }
  if (course.interrupted && !start.anew) pieces.push({ type: "continued" });
  course.interrupted = false;
  return pieces;
}

/** The ChatError that an attempt failed with. Anything else is a bug, and thrown on. */
function failureOf(error: unknown, attempt: AbortSignal): ChatError {
  const cause: unknown = attempt.aborted ? attempt.reason : error;
  if (cause instanceof ChatError) return cause;
  throw error;
}

/**
 * Writes answers with the first of `candidates` that can: tries again before the first word, goes on
 * from the text after an interruption, falls back to the next engine, and gives up on silence.
 * @param announced What the caller takes for granted: an `engine` piece tells what differs.
 */
export function createResilientGenerator(
  candidates: readonly Candidate[],
  announced: Announcement,
  options: ResilienceOptions = DEFAULT_RESILIENCE,
  observer: UpstreamWatch = UNSEEN_UPSTREAM,
): TextGenerator {
  /** One request to one engine. `onFailed` is told where it does not end the answer. */
  function attempt(
    course: Course,
    request: GenerateRequest,
    { candidate, permit }: Turn,
    signal: AbortSignal,
    onFailed: (failed: Failed) => void,
  ): AsyncIterable<Piece> {
    const { answer } = course;
    const controller = new AbortController();
    const watchdog = createWatchdog(options, () => controller.abort(failure("timeout")));
    const joined = AbortSignal.any([signal, controller.signal]);
    const start: Start = { begun: false, anew: false };
    let progressed = false;
    let over = false;
    let spoke = false;
    let result: ChatError["code"] | "ok" = "ok";

    function failed(error: ChatError): readonly Piece[] {
      const told = error.code === "overloaded" || error.code === "invalid_prompt";
      if (!progressed && !told) permit.failed();
      result = error.code;
      onFailed({ error, progressed });
      return NOTHING;
    }

    function say(piece: Words): readonly Piece[] {
      watchdog.pause();
      spoke = true;
      const before = introduce(course, candidate, start);
      permit.succeeded();
      progressed = true;
      const shown = answer.add(piece);
      over = answer.stopped;
      if (over) controller.abort();
      if (!over && before.length === 0) return shown ? [shown] : NOTHING;
      return [...before, ...(shown ? [shown] : []), ...(over ? finish(answer, "stop") : [])];
    }

    answer.begin();
    return mapped<Piece, Piece>(candidate.engine.generate(request, joined), {
      push(piece) {
        switch (piece.type) {
          case "text":
          case "reasoning":
            if (piece.text !== "") return say(piece);
            answer.add(piece);
            return NOTHING;
          case "restart":
            start.anew = true;
            return NOTHING;
          case "usage": {
            const before = introduce(course, candidate, start);
            answer.spent(piece.usage);
            return before;
          }
          case "end": {
            const before = introduce(course, candidate, start);
            permit.succeeded();
            over = true;
            return [...before, ...finish(answer, piece.finishReason)];
          }
          case "engine":
          case "continued":
            return NOTHING; // an engine says neither
          default:
            return piece satisfies never;
        }
      },
      pull() {
        if (spoke) watchdog.fed();
        spoke = false;
      },
      over: () => over,
      end: () => failed(failure("incomplete")),
      failed(error) {
        signal.throwIfAborted();
        return failed(failureOf(error, controller.signal));
      },
      done() {
        permit.left();
        observer.attempted(announced.model, candidate.engine.type ?? announced.engine, result);
        watchdog.stop();
        controller.abort();
      },
    });
  }

  function run(request: GenerateRequest, signal: AbortSignal): AsyncIterableIterator<Piece> {
    const answer = createAnswer(request);
    const course: Course = { answer, announced, interrupted: false };
    const rota = createRota(candidates);
    let error: ChatError = failure("unavailable");
    let continues = 0;
    let rounds = 0;
    let deadline = performance.now() + options.retryMs;
    let ended = false;
    let before: { readonly turn: Turn; failed: Failed | undefined } | undefined;

    async function backOff(): Promise<void> {
      const longest = Math.min(options.maxBackOffMs, options.backOffMs * 2 ** rounds);
      const ms = Math.max(longest * (0.5 + Math.random() / 2), error.retryAfterMs ?? 0);
      if (rota.empty || performance.now() + ms > deadline) throw error;
      await sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
      rounds += 1;
      rota.again();
    }

    /** What the attempt before teaches, where it failed. */
    function learn(turn: Turn, failed: Failed): void {
      error = failed.error;
      if (error.code === "invalid_prompt") throw error;
      if (failed.progressed) {
        continues += 1;
        if (continues > options.maxContinues) throw error;
        observer.continued(announced.model);
        course.interrupted = true;
        rounds = 0;
        deadline = performance.now() + options.retryMs;
        // The same server first, it has the text at hand; after that another may do better.
        rota.again(continues === 1 ? turn.candidate : rota.after(turn.candidate));
      } else if (error instanceof UpstreamError && error.permanent) {
        rota.giveUp(turn.candidate);
      }
    }

    async function following(): Promise<AsyncIterable<Piece> | undefined> {
      signal.throwIfAborted();
      if (ended) return undefined;
      if (before !== undefined) {
        if (before.failed === undefined) return undefined;
        learn(before.turn, before.failed);
      }
      while (!answer.full) {
        const turn = rota.next();
        if (!turn) {
          await backOff();
          continue;
        }
        const mine: typeof before = { turn, failed: undefined };
        before = mine;
        const wanted = { ...request, continueFrom: answer.partial() };
        return attempt(course, wanted, turn, signal, (failed) => {
          mine.failed = failed;
        });
      }
      ended = true;
      return items(finish(answer, "length"));
    }

    /** What was held back for a stop string is a part of the answer all the same. */
    async function* broken(cause: unknown): AsyncGenerator<Piece, void, undefined> {
      const rest = signal.aborted || ended ? undefined : answer.flush();
      ended = true;
      if (rest) yield rest;
      throw cause;
    }

    return chained(following, broken);
  }

  return { generate: (request, signal) => closable((joined) => run(request, joined), signal) };
}

async function* items(pieces: readonly Piece[]): AsyncGenerator<Piece, void, undefined> {
  yield* pieces;
}
