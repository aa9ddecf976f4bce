import { type Highlight, highlightIfLoaded, loadHighlight } from "./load-highlight.ts";
import { safeCode } from "./safe-text.ts";
import { inTurn } from "./turns.ts";

/** From this length on coloured code is cut off where it may be, and never touched again. */
const FULL = 2_500;
/** No more is coloured at once. */
const AT_ONCE = 8_000;
/** Code that waits for its colours is cut at the line after so much. */
const WAITING = 20_000;
/** More code than this stays in one colour. */
const LONGEST_COLOURED = 400_000;
/** Between two paintings of the lines that grow, in ms. */
const REPAINT_MS = 90;

/** Some lines, and their element. */
interface Part {
  text: string;
  readonly element: HTMLElement;
  /** Behind the coloured lines: what has one colour yet. */
  readonly rest: Text;
  /** Up to here it has its colours. */
  coloured: number;
  /** Nothing is left to do for it. */
  done: boolean;
}

/**
 * Keeps the lines of growing code on the page: each new line costs the same however long the code
 * is. Lines are coloured as they come, a few at a time, and for good.
 */
export class CodeLines {
  private readonly host: HTMLElement;
  private parts: Part[] = [];
  private code = "";
  private language = "";
  private complete = false;
  private working = false;
  private paintedAt = 0;

  constructor(host: HTMLElement) {
    this.host = host;
  }

  /** Shows `code`, which may have grown, or be another one. */
  show(code: string, language: string, complete: boolean): void {
    if (!code.startsWith(this.code) || language !== this.language || this.parts.length === 0) {
      this.host.replaceChildren();
      this.parts = [];
      this.code = "";
      this.language = language;
      this.insert("", undefined);
    }
    const last = this.parts.at(-1);
    if (last && code.length > this.code.length) this.append(last, code.slice(this.code.length));
    this.code = code;
    this.complete = complete;
    this.work();
  }

  private append(last: Part, fresh: string): void {
    let part = last;
    part.text += fresh;
    part.done = false;
    let cut = part.text.indexOf("\n", WAITING) + 1;
    while (cut > 0) {
      const next = this.insert(part.text.slice(cut), part);
      part.text = part.text.slice(0, cut);
      showRest(part, true);
      part = next;
      cut = part.text.indexOf("\n", WAITING) + 1;
    }
    showRest(part, false);
  }

  private insert(text: string, behind: Part | undefined): Part {
    const element = document.createElement("span");
    element.className = "lines";
    const rest = document.createTextNode("");
    element.append(rest);
    if (behind) behind.element.after(element);
    else this.host.append(element);
    const part = { text, element, rest, coloured: 0, done: false };
    this.parts.splice(behind ? this.parts.indexOf(behind) + 1 : 0, 0, part);
    return part;
  }

  private work(): void {
    if (this.working || this.language === "" || this.code.length > LONGEST_COLOURED) return;
    this.working = true;
    const { language } = this;
    if (highlightIfLoaded()?.knows(language)) this.goOn(language);
    else {
      // Without its grammar, code stays in one colour.
      loadHighlight()
        .then(({ learn }) => learn(language))
        .then(
          (known) => (known ? this.goOn(language) : this.end(language)),
          () => this.end(language),
        );
    }
  }

  private goOn(language: string): void {
    inTurn(async () => {
      const wait = this.step();
      if (wait === undefined) this.end(language);
      else if (wait > 0) setTimeout(() => this.goOn(language), wait);
      else this.goOn(language);
    });
  }

  private end(language: string): void {
    this.working = false;
    // The fence has become that of another language meanwhile.
    if (language !== this.language) this.work();
  }

  /** Colours some lines; returns when to come back, in ms, or nothing where all is done for now. */
  private step(): number | undefined {
    const highlight = highlightIfLoaded();
    if (!highlight?.knows(this.language) || !this.host.isConnected) return undefined;
    const part = this.parts.find(({ done }) => !done);
    if (!part) return undefined;
    const last = part === this.parts.at(-1);
    const ended = this.complete || !last;
    const lines = ended ? part.text.length : part.text.lastIndexOf("\n") + 1;
    if (lines <= part.coloured) {
      part.done = ended;
      return ended && !last ? 0 : undefined;
    }
    const wait = ended ? 0 : this.paintedAt + REPAINT_MS - performance.now();
    if (wait > 0) return wait;
    this.paint(part, lines, ended && last, highlight);
    this.paintedAt = performance.now();
    return ended ? 0 : REPAINT_MS;
  }

  private paint(part: Part, lines: number, final: boolean, highlight: Highlight): void {
    const { text } = part;
    const end = lines > AT_ONCE ? text.lastIndexOf("\n", AT_ONCE) + 1 || AT_ONCE : lines;
    const colours = highlight.colour(text.slice(0, end), this.language);
    let cut = 0;
    if (end < lines) cut = highlight.lastCut(colours) || end;
    else if (end > FULL && !(final && end === text.length)) cut = highlight.lastCut(colours);
    if (cut === 0) {
      part.coloured = end;
      paintPart(part, highlight.nodesBetween(colours, 0, end), end === text.length);
      return;
    }
    const next = this.insert(text.slice(cut), part);
    part.text = text.slice(0, cut);
    part.coloured = cut;
    part.done = true;
    paintPart(part, highlight.nodesBetween(colours, 0, cut - 1), true);
    next.coloured = end - cut;
    paintPart(next, highlight.nodesBetween(colours, cut, end), false);
  }
}

/** What has its colours already keeps its elements: nothing of it is styled or laid out anew. */
function paintPart(part: Part, nodes: readonly Node[], whole: boolean): void {
  const { rest } = part;
  let old: ChildNode | null = part.element.firstChild;
  let same = 0;
  while (old && old !== rest && nodes[same] && old.isEqualNode(nodes[same] ?? null)) {
    old = old.nextSibling;
    same += 1;
  }
  while (old && old !== rest) {
    const next: ChildNode | null = old.nextSibling;
    old.remove();
    old = next;
  }
  rest.before(...nodes.slice(same));
  showRest(part, whole);
}

/** A part is a block, which ends its last line by itself; one that ends in an empty line shows it. */
function showRest({ element, rest, text, coloured }: Part, whole: boolean): void {
  const end = whole && text.endsWith("\n") ? text.length - 1 : text.length;
  rest.data = safeCode(text.slice(coloured, end));
  element.classList.toggle("open-ended", whole && (text === "\n" || text.endsWith("\n\n")));
}
