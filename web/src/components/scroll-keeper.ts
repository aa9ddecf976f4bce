/** Nearer to the end than this is at the end, in CSS pixels. */
const NEAR_PX = 48;
/** From this far the reader is offered the way back. */
const FAR_PX = 160;
const HOLD_MS = 1_000;
/** Where a message that was searched for is put: so far from the top, of the height. */
const SHOWN_AT = 0.15;

/**
 * Keeps what the reader looks at where it is: at the end it follows the text as it grows; elsewhere
 * nothing moves, not even when older messages appear above.
 */
export class ScrollKeeper {
  private readonly scroller: HTMLElement;
  private readonly onAway: (away: boolean) => void;
  private readonly resizes: ResizeObserver;
  private following = true;
  private away = false;
  private lastTop = 0;
  private anchor: { readonly element: Element; top: number; readonly until: number } | undefined;

  constructor(scroller: HTMLElement, onAway: (away: boolean) => void) {
    this.scroller = scroller;
    this.onAway = onAway;
    this.resizes = new ResizeObserver(() => this.resized());
    this.resizes.observe(scroller);
    if (scroller.firstElementChild) this.resizes.observe(scroller.firstElementChild);
    scroller.addEventListener("scroll", this.scrolled, { passive: true });
    scroller.addEventListener("wheel", this.wheeled, { passive: true });
  }

  /** The reader is at the end, and stays there. */
  get atEnd(): boolean {
    return this.following;
  }

  stop(): void {
    this.resizes.disconnect();
    this.scroller.removeEventListener("scroll", this.scrolled);
    this.scroller.removeEventListener("wheel", this.wheeled);
  }

  /** Goes to the end and follows it from now on. */
  follow(smooth = false): void {
    this.following = true;
    this.release();
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const far = this.distance() > 3 * this.scroller.clientHeight;
    const behavior = smooth && !calm && !far ? "smooth" : "instant";
    this.scroller.scrollTo({ top: this.scroller.scrollHeight, behavior });
    this.tell();
  }

  /** Brings an element near the top, keeps it there while what is above finds its size, and marks it. */
  show(element: HTMLElement): void {
    this.following = false;
    this.release();
    const { top: edge, height } = this.scroller.getBoundingClientRect();
    this.scroller.scrollTop += element.getBoundingClientRect().top - edge - SHOWN_AT * height;
    this.lastTop = this.scroller.scrollTop;
    const { top } = element.getBoundingClientRect();
    this.scroller.style.overflowAnchor = "none";
    this.anchor = { element, top, until: performance.now() + HOLD_MS };
    this.tell();
    element.tabIndex = -1;
    element.focus({ preventScroll: true });
    element.classList.remove("found");
    element.addEventListener("animationend", () => element.classList.remove("found"));
    // Read, so that the animation begins anew where it still ran.
    element.getBoundingClientRect();
    element.classList.add("found");
  }

  /** Something is about to appear above: what is seen now stays put while it finds its size. */
  hold(): void {
    if (this.following) return;
    const edge = this.scroller.getBoundingClientRect().top;
    const articles = [...this.scroller.querySelectorAll("article")];
    const element = articles.find((article) => article.getBoundingClientRect().bottom > edge);
    if (!element) return;
    const { top } = element.getBoundingClientRect();
    this.scroller.style.overflowAnchor = "none";
    this.lastTop = this.scroller.scrollTop;
    this.anchor = { element, top, until: performance.now() + HOLD_MS };
  }

  private resized(): void {
    if (this.following) this.pin();
    else if (this.anchor) {
      const { element, top, until } = this.anchor;
      this.scroller.scrollTop += element.getBoundingClientRect().top - top;
      this.lastTop = this.scroller.scrollTop;
      if (performance.now() > until) this.release();
    }
    this.tell();
  }

  private pin(): void {
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.lastTop = this.scroller.scrollTop;
  }

  private readonly scrolled = () => {
    const { scrollTop } = this.scroller;
    if (this.distance() <= NEAR_PX) this.following = true;
    // Growth alone never moves the view up: only a reader does.
    else if (scrollTop < this.lastTop - 1) this.following = false;
    // Only by what the reader moved: what has appeared above is not in it.
    if (this.anchor) this.anchor.top -= scrollTop - this.lastTop;
    this.lastTop = scrollTop;
    this.tell();
  };

  private readonly wheeled = (event: WheelEvent) => {
    if (event.deltaY < 0 && this.scroller.scrollHeight > this.scroller.clientHeight) {
      this.following = false;
    }
  };

  private release(): void {
    this.anchor = undefined;
    this.scroller.style.overflowAnchor = "";
  }

  private distance(): number {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    return scrollHeight - scrollTop - clientHeight;
  }

  private tell(): void {
    const away = !this.following && this.distance() > FAR_PX;
    if (away === this.away) return;
    this.away = away;
    this.onAway(away);
  }
}
