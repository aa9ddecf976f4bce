import { html } from "lit";
import { guard } from "lit/directives/guard.js";
import { words } from "../i18n/words.ts";
import type { Engine } from "./load-engine.ts";
import { type Block, CHUNK, type SplitText } from "./split-text.ts";

/** What a block looks like, and what it was rendered from. */
interface Rendered {
  readonly template: unknown;
  readonly definitions: readonly string[];
  readonly pending: boolean;
  readonly words: unknown;
  /** Of all definitions those that it names. */
  readonly mine: string;
}

interface RenderedChunk {
  readonly blocks: readonly Block[];
  readonly definitions: readonly string[];
  readonly streaming: boolean;
  readonly words: unknown;
  readonly template: unknown;
}

/** So many chunks are looked at, and may be skipped by the browser, together. */
const GROUP = 2;
/**
 * So many chunks before the end are always laid out: what is soon skipped for being out of sight
 * must not be while it is seen, or it would be laid out twice.
 */
const NEAR = 6;

/** What renders blocks. */
export type Renderer = Pick<Engine, "definitionsFor" | "renderBlock">;

/** What to show of a text, and whether that is all of it as it should look. */
export interface Shown {
  readonly groups: readonly unknown[];
  readonly complete: boolean;
}

/**
 * Renders the settled blocks of one text, each once. A few at a time: what does not fit into the
 * time is shown as it was before, or not yet.
 */
export class SettledBlocks {
  private readonly rendered = new WeakMap<Block, Rendered>();
  private readonly chunks: RenderedChunk[] = [];

  /** `tail` is asked for what comes behind the last block; until `mayGoOn` says no, blocks are rendered. */
  show(
    split: SplitText,
    streaming: boolean,
    engine: Renderer,
    tail: () => unknown,
    mayGoOn: () => boolean,
  ): Shown {
    const { chunks } = split;
    const last = chunks.at(-1)?.length === CHUNK ? chunks.length : Math.max(0, chunks.length - 1);
    const shown: unknown[] = [];
    let complete = true;
    for (let index = 0; index <= last; index += 1) {
      const blocks = chunks[index] ?? [];
      const known = index < last ? this.knownChunk(index, blocks, split, streaming) : undefined;
      if (known) {
        shown.push(known.template);
        continue;
      }
      const templates: unknown[] = [];
      let fresh = true;
      for (const block of blocks) {
        const before = this.rendered.get(block);
        const now = this.block(block, before, split, streaming, engine, mayGoOn);
        fresh &&= now !== undefined;
        const template = (now ?? before)?.template;
        if (template === undefined) break;
        templates.push(template);
      }
      complete &&= fresh;
      const cut = templates.length < blocks.length;
      if (index === last && !cut) templates.push(tail());
      const template = chunkOf(templates, streaming && (index === last || cut));
      shown.push(template);
      if (cut) break;
      if (index < last && fresh) {
        const { definitions } = split;
        this.chunks[index] = { blocks, definitions, streaming, words: words(), template };
      }
    }
    return { groups: inGroups(shown), complete };
  }

  private knownChunk(
    index: number,
    blocks: readonly Block[],
    { definitions }: SplitText,
    streaming: boolean,
  ): RenderedChunk | undefined {
    const known = this.chunks[index];
    if (known?.blocks !== blocks || known.words !== words()) return undefined;
    const refers = blocks.some((block) => block.refers);
    if (known.definitions !== definitions || (refers && known.streaming !== streaming)) {
      return undefined;
    }
    return known;
  }

  /** The block as it should look; `undefined` where there is no time to render it. */
  private block(
    block: Block,
    before: Rendered | undefined,
    { definitions }: SplitText,
    streaming: boolean,
    engine: Renderer,
    mayGoOn: () => boolean,
  ): Rendered | undefined {
    const pending = streaming && block.refers;
    const sameWords = before?.words === words();
    if (sameWords && before.definitions === definitions && before.pending === pending) {
      return before;
    }
    if (!mayGoOn()) return undefined;
    const named = engine.definitionsFor(block.source, definitions, pending);
    const mine = named.join("\n");
    const template =
      sameWords && before.mine === mine ? before.template : engine.renderBlock(block, named);
    const rendered = { template, definitions, pending, words: words(), mine };
    this.rendered.set(block, rendered);
    return rendered;
  }
}

function inGroups(chunks: readonly unknown[]): unknown[] {
  const groups: unknown[] = [];
  for (let from = 0; from < chunks.length; from += GROUP) {
    const group = chunks.slice(from, from + GROUP);
    const far = from + GROUP < chunks.length - NEAR;
    const content = guard(group, () => group.map(unchanging));
    groups.push(html`<div class=${far ? "group far" : "group"}>${content}</div>`);
  }
  return groups;
}

/** The same template again is not compared part by part. */
function unchanging(template: unknown): unknown {
  return guard([template], () => template);
}

/** The same shape for all: a chunk that fills up keeps its elements. */
function chunkOf(templates: readonly unknown[], growing: boolean) {
  return html`<div class=${growing ? "chunk growing" : "chunk"}>${templates.map(unchanging)}</div>`;
}
