import { ChatError } from "../domain/errors.ts";
import type {
  LiveChannel,
  RunningGenerations,
  Subscriber,
  Subscription,
} from "../domain/ports/live.ts";
import type { EventLog } from "../domain/ports/store.ts";
import type { GenerationText } from "../protocol/apply-delta.ts";
import { isEndEvent } from "../protocol/events.ts";
import type { DeltaFrame, EventFrame, GenerationState } from "../protocol/frames.ts";
import {
  type ConversationId,
  type EventId,
  type GenerationId,
  LOG_START,
  sequenceOf,
} from "../protocol/ids.ts";
import { deltaFrame, eventFrame } from "./frame-text.ts";
import { parseLiveFrame } from "./live-frame.ts";
import { deltasBetween, positionOf } from "./merge-deltas.ts";
import { type GapCause, type HubWatch, UNSEEN_HUB } from "./observer.ts";
import { sendPositions } from "./positions.ts";
import { receiveDelta } from "./receive-delta.ts";
import { createViewers } from "./viewers.ts";
import { createWatchedGenerations } from "./watched-generations.ts";

/** Events read at once to catch up. */
const CATCH_UP_EVENTS = 1_000;
/** Frames kept while the log is read; more, and it is read once more instead. */
const MAX_BUFFERED = 10_000;
/** Pause before the store is read again after it was away, in ms. */
const READ_AGAIN_MS = 500;
/** One whose last text is younger, in ms, has missed nothing before it: positions follow each other. */
const HEARD_MS = 5_000;
/** Ids of events remembered to tell a frame that comes again from a rolled-back log. */
const MAX_RECENT = 256;

export interface WatchDeps {
  readonly events: EventLog;
  readonly running: RunningGenerations;
  readonly live: LiveChannel;
  readonly onError: (error: unknown) => void;
  readonly observer?: HubWatch;
}

/** One conversation as this process sees it: the end of its log and the text of what runs. */
export interface Watch {
  readonly id: ConversationId;
  /** Resolves once it is read. @throws ChatError `unavailable`. */
  ready(): Promise<void>;
  /** Reads what may have been missed. */
  catchUp(): Promise<void>;
  /** The same for the case that the last frame of all was lost: what is heard of now is not read. */
  check(): Promise<void>;
  lastEvent(): EventId;
  /** What is waiting, queued or running, with its text so far. */
  generations(): GenerationState[];
  /** True once nothing more will come: rolled back, or nobody held it. */
  isClosed(): boolean;
  /** Keeps the watch open until it is called back. */
  hold(): () => void;
  /** Who gets every frame. */
  viewers(): number;
  /** From now on the subscriber gets every frame. */
  join(subscriber: Subscriber, leave: () => void): Subscription;
  /** Whether anything of it waits in the queue, and somebody sees it. */
  waitsInQueue(): boolean;
  /** Sends where the queue has moved. */
  refreshPositions(): Promise<void>;
  close(): void;
}

export function createWatch(id: ConversationId, deps: WatchDeps, onClosed: () => void): Watch {
  const { events, running, live, onError, observer = UNSEEN_HUB } = deps;
  const generations = createWatchedGenerations();
  const viewers = createViewers(id, generations.get, observer.merged);
  /** Ids of the newest events applied: the same frame may come again after a read. */
  const recent = new Set<EventId>();
  let lastId = LOG_START;
  let holds = 0;
  let closed = false;
  /** Frames that arrive while the store is read; `undefined` when live. */
  let buffer: string[] | undefined = [];
  let reading: Promise<void> | undefined;
  let readAgain: NodeJS.Timeout | undefined;
  /** Whether the reading under way is a mere check. */
  let checking = false;
  let unwatch: (() => Promise<void>) | undefined;

  /** Brings the text of one generation, and all its viewers, to what the store has. */
  function adopt(generationId: GenerationId, next: GenerationText): void {
    const mine = generations.textOf(generationId);
    const before = positionOf(mine);
    const deltas = deltasBetween(mine, next);
    if (deltas === undefined) {
      rollBack();
      return;
    }
    if (deltas.length === 0) return;
    generations.setText(generationId, next);
    for (const delta of deltas) {
      viewers.sendDelta(generationId, deltaFrame(id, generationId, delta), before);
    }
  }

  function onDelta(frame: DeltaFrame, raw: string): void {
    const { generationId } = frame;
    const mine = generations.get(generationId);
    // One that ended, or whose first event is still on its way: the log tells which.
    if (mine === undefined) return;
    const next = receiveDelta(mine, frame);
    if (next === mine) return;
    if (next === "read") {
      repair(mine.fence > 0 && frame.fence > mine.fence ? "take_over" : "delta");
      return;
    }
    const before = positionOf(mine);
    generations.setText(generationId, next, performance.now());
    viewers.sendDelta(generationId, raw, before);
  }

  function onEvent({ id: eventId, event }: EventFrame, raw: string): void {
    if (eventId === undefined) {
      if (event.type === "generation.queued") generations.apply(event);
      viewers.sendEvent(raw, event);
      // Nothing more will come, and its log is no rolled-back one.
      if (event.type === "conversation.deleted") close();
      return;
    }
    if (recent.has(eventId)) return;
    if (sequenceOf(eventId) !== sequenceOf(lastId) + 1) {
      // Missed some, or the log was rolled back: the store tells.
      repair("event");
      return;
    }
    if (isEndEvent(event) && !generations.isWhole(event)) {
      repair("end");
      return;
    }
    advance(eventId);
    viewers.sendEvent(raw, event);
    generations.apply(event);
  }

  function advance(eventId: EventId): void {
    lastId = eventId;
    recent.add(eventId);
    const [oldest] = recent.size > MAX_RECENT ? recent : [];
    if (oldest !== undefined) recent.delete(oldest);
  }

  function onFrame(raw: string): void {
    if (closed) return;
    if (buffer !== undefined) {
      if (buffer.length < MAX_BUFFERED) buffer.push(raw);
      return;
    }
    const frame = parseLiveFrame(raw);
    if (frame === undefined) return;
    if (frame.type === "delta") onDelta(frame, raw);
    else onEvent(frame, raw);
  }

  function goLive(): void {
    const waiting = buffer ?? [];
    buffer = undefined;
    // A frame among these may ask for another read: the rest then waits for that one.
    for (const raw of waiting) onFrame(raw);
  }

  function repair(cause: GapCause): void {
    observer.gap(cause);
    read();
  }

  /** Reads from the store, again and again while it is away; frames wait meanwhile. */
  function read(): void {
    catchUp().catch((error: unknown) => {
      if (!closed && !(error instanceof ChatError)) onError(error);
    });
  }

  function catchUp(heardAfter = Number.POSITIVE_INFINITY): Promise<void> {
    if (closed || !loading.done) return Promise.resolve();
    // A check under way may leave out what this is about.
    if (checking && heardAfter === Number.POSITIVE_INFINITY) {
      return (reading ?? Promise.resolve()).catch(() => undefined).then(() => catchUp());
    }
    buffer ??= [];
    checking ||= reading === undefined && heardAfter !== Number.POSITIVE_INFINITY;
    reading ??= readAndGoLive(heardAfter);
    return reading;
  }

  /** Frames go on only after what was missed: one may seem to follow in a log that was rolled back. */
  async function readAndGoLive(heardAfter: number): Promise<void> {
    clearTimeout(readAgain);
    try {
      await readMissed(heardAfter);
    } catch (error) {
      if (!closed) readAgain = setTimeout(read, READ_AGAIN_MS).unref();
      throw error;
    } finally {
      reading = undefined;
      checking = false;
    }
    if (!closed) goLive();
  }

  async function readMissed(heardAfter: number): Promise<void> {
    const missed = await events.read(id, lastId, CATCH_UP_EVENTS);
    if (missed === undefined) return rollBack();
    if (checking && missed.length > 0) observer.gap("check");
    for (const { id: eventId, event } of missed) {
      if (isEndEvent(event)) adopt(event.generationId, await running.text(id, event.generationId));
      advance(eventId);
      viewers.sendEvent(eventFrame(id, { id: eventId, event }), event);
      generations.apply(event);
    }
    for (const [generationId, { heardAt = 0 }] of generations.all()) {
      if (heardAt > heardAfter) continue;
      adopt(generationId, await running.text(id, generationId));
    }
  }

  function rollBack(): void {
    observer.rolledBack();
    viewers.reset();
    close();
  }

  async function load(): Promise<void> {
    let missed = false;
    unwatch = await live.watch(id, {
      frame: onFrame,
      reconnected: () => {
        missed = true;
        if (loading.done) repair("reconnected");
      },
    });
    lastId = await events.last(id);
    for (const each of await running.list(id)) generations.load(each);
    loading.done = true;
    if (missed) read();
    else goLive();
  }

  function waitsInQueue(): boolean {
    return viewers.size > 0 && buffer === undefined && generations.queued().length > 0;
  }

  const loading: { promise: Promise<void> | undefined; done: boolean } = {
    promise: undefined,
    done: false,
  };

  function close(): void {
    if (closed) return;
    closed = true;
    clearTimeout(readAgain);
    buffer = undefined;
    viewers.clear();
    generations.clear();
    onClosed();
    unwatch?.().catch(onError);
  }

  return {
    id,
    ready() {
      loading.promise ??= load().catch((error: unknown) => {
        close();
        throw error;
      });
      return loading.promise;
    },
    catchUp: () => catchUp(),
    check: () => catchUp(performance.now() - HEARD_MS),
    lastEvent: () => lastId,
    isClosed: () => closed,

    generations: generations.states,
    hold() {
      holds += 1;
      let released = false;
      return () => {
        if (released) return;
        released = true;
        holds -= 1;
        if (holds === 0) close();
      };
    },

    viewers: () => viewers.size,
    join: viewers.add,

    waitsInQueue,
    async refreshPositions() {
      if (waitsInQueue()) await sendPositions(id, running, generations, viewers);
    },

    close,
  };
}
