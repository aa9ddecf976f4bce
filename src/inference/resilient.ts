import { setTimeout as sleep } from "node:timers/promises";
import { ChatError } from "../domain/errors.ts";
import type { GenerateRequest, Piece, TextGenerator } from "../domain/ports.ts";
import { type Answer, createAnswer } from "./answer.ts";
import { closable } from "./closable.ts";
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
function* finish(answer: Answer, finishReason: string): Generator<Piece, void, undefined> {
  const rest = answer.flush();
  if (rest) yield rest;
  yield { type: "usage", usage: answer.usage() };
  yield { type: "end", finishReason };
}

/** What stands before an attempt's first words: until then nothing is void, and nobody announced. */
function* introduce(course: Course, candidate: Candidate, start: Start) {
  if (start.begun) return;
  start.begun = true;
  if (start.anew) {
    course.answer.restart();
    yield { type: "restart" } satisfies Piece;
  }
  const engine = candidate.engine.type ?? course.announced.engine;
  const { model } = candidate;
  if (engine !== course.announced.engine || model !== course.announced.model) {
    course.announced = { engine, model };
    yield { type: "engine", engine, model } satisfies Piece;
  }
  if (course.interrupted && !start.anew) yield { type: "continued" } satisfies Piece;
  course.interrupted = false;
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
): TextGenerator {
  /** One request to one engine. Returns the error that it failed with, undefined once all is said. */
  async function* attempt(
    course: Course,
    request: GenerateRequest,
    { candidate, permit }: Turn,
    signal: AbortSignal,
  ): AsyncGenerator<Piece, Failed | undefined, undefined> {
    const { answer } = course;
    const controller = new AbortController();
    const watchdog = createWatchdog(options, () => controller.abort(failure("timeout")));
    const joined = AbortSignal.any([signal, controller.signal]);
    const start: Start = { begun: false, anew: false };
    let progressed = false;

    function failed(error: ChatError): Failed {
      const told = error.code === "overloaded" || error.code === "invalid_prompt";
      if (!progressed && !told) permit.failed();
      return { error, progressed };
    }

    answer.begin();
    try {
      for await (const piece of candidate.engine.generate(request, joined)) {
        switch (piece.type) {
          case "text":
          case "reasoning": {
            if (piece.text === "") {
              answer.add(piece);
              break;
            }
            watchdog.pause();
            yield* introduce(course, candidate, start);
            permit.succeeded();
            progressed = true;
            const shown = answer.add(piece);
            if (answer.stopped) controller.abort();
            if (shown) yield shown;
            if (answer.stopped) {
              yield* finish(answer, "stop");
              return undefined;
            }
            watchdog.fed();
            break;
          }
          case "restart":
            start.anew = true;
            break;
          case "usage":
            yield* introduce(course, candidate, start);
            answer.spent(piece.usage);
            break;
          case "end":
            yield* introduce(course, candidate, start);
            permit.succeeded();
            yield* finish(answer, piece.finishReason);
            return undefined;
          case "engine":
          case "continued":
            break; // an engine says neither
          default:
            piece satisfies never;
        }
      }
      return failed(failure("incomplete"));
    } catch (error) {
      signal.throwIfAborted();
      return failed(failureOf(error, controller.signal));
    } finally {
      permit.left();
      watchdog.stop();
      controller.abort();
    }
  }

  async function* run(
    request: GenerateRequest,
    signal: AbortSignal,
  ): AsyncGenerator<Piece, void, undefined> {
    signal.throwIfAborted();
    const answer = createAnswer(request);
    const course: Course = { answer, announced, interrupted: false };
    const rota = createRota(candidates);
    let error: ChatError = failure("unavailable");
    let continues = 0;
    let rounds = 0;
    let deadline = performance.now() + options.retryMs;

    async function backOff(): Promise<void> {
      const longest = Math.min(options.maxBackOffMs, options.backOffMs * 2 ** rounds);
      const ms = Math.max(longest * (0.5 + Math.random() / 2), error.retryAfterMs ?? 0);
      if (rota.empty || performance.now() + ms > deadline) throw error;
      await sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
      rounds += 1;
      rota.again();
    }

    try {
      while (!answer.full) {
        const turn = rota.next();
        if (!turn) {
          await backOff();
          continue;
        }
        const outcome = yield* attempt(
          course,
          { ...request, continueFrom: answer.partial() },
          turn,
          signal,
        );
        if (!outcome) return;
        error = outcome.error;
        if (error.code === "invalid_prompt") throw error;
        if (outcome.progressed) {
          continues += 1;
          if (continues > options.maxContinues) throw error;
          course.interrupted = true;
          rounds = 0;
          deadline = performance.now() + options.retryMs;
          // The same server first, it has the text at hand; after that another may do better.
          rota.again(continues === 1 ? turn.candidate : rota.after(turn.candidate));
        } else if (error instanceof UpstreamError && error.permanent) {
          rota.giveUp(turn.candidate);
        }
      }
      yield* finish(answer, "length");
    } catch (cause) {
      // What was held back for a stop string is a part of the answer all the same.
      const rest = signal.aborted ? undefined : answer.flush();
      if (rest) yield rest;
      throw cause;
    }
  }

  return { generate: (request, signal) => closable((joined) => run(request, joined), signal) };
}
