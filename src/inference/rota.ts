import type { Breaker, Permit } from "./breaker.ts";
import type { Engine } from "./engine.ts";

/** One engine of a model, in the order in which they are asked. */
export interface Candidate {
  readonly engine: Engine;
  /** Shared by all candidates at the same endpoint. */
  readonly breaker: Breaker;
  /** The model's name, as people see it when this engine goes on. */
  readonly model: string;
}

/** A candidate that may be asked now. Whoever takes it settles the permit. */
export interface Turn {
  readonly candidate: Candidate;
  readonly permit: Permit;
}

/** Whose turn it is, for one answer. */
export interface Rota {
  /** The next to try; undefined once all were tried in this round, or given up. */
  next(): Turn | undefined;
  /** Begins a new round, with `first` where it is given. */
  again(first?: Candidate): void;
  /** Asks a candidate no more. */
  giveUp(candidate: Candidate): void;
  /** The one that comes after `candidate`; itself where it is alone. */
  after(candidate: Candidate): Candidate;
  /** True once all are given up. */
  readonly empty: boolean;
}

/** The candidates in their order, those behind an open breaker only where there is no other. */
export function createRota(candidates: readonly Candidate[]): Rota {
  const left = new Set(candidates);
  let round = [...candidates];
  let tried = false;

  return {
    get empty() {
      return left.size === 0;
    },
    next() {
      let passedOver: Candidate | undefined;
      for (let candidate = round.shift(); candidate; candidate = round.shift()) {
        if (!left.has(candidate)) continue;
        const permit = candidate.breaker.enter();
        if (permit) {
          tried = true;
          return { candidate, permit };
        }
        passedOver ??= candidate;
      }
      if (tried || !passedOver) return undefined;
      tried = true;
      return { candidate: passedOver, permit: passedOver.breaker.force() };
    },
    again(first) {
      tried = false;
      const at = first ? candidates.indexOf(first) : 0;
      round = [...candidates.slice(at), ...candidates.slice(0, at)];
    },
    giveUp(candidate) {
      left.delete(candidate);
    },
    after(candidate) {
      return candidates[(candidates.indexOf(candidate) + 1) % candidates.length] ?? candidate;
    },
  };
}
