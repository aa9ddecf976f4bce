import type { PropertyValues } from "lit";
import { customElement, property } from "lit/decorators.js";
import { LightElement } from "../components/light-element.ts";
import { loadMath, mathIfLoaded } from "./load-math.ts";
import { LONGEST_MATH } from "./math-rules.ts";
import { inTurn } from "./turns.ts";

const RETRY_MS = 5_000;

/** A formula; until it can be set, and where it cannot be, its source. */
@customElement("math-formula")
export class MathFormula extends LightElement {
  @property({ attribute: false }) tex = "";
  @property({ type: Boolean, reflect: true }) display = false;
  /** The text around it still grows: it is set in a task of its own, not in that of the next words. */
  @property({ attribute: false }) growing = false;
  /** `waiting` for what sets it, `set`, or `source` where it is none that could be. */
  @property({ reflect: true }) state: "waiting" | "set" | "source" = "waiting";

  private shown: string | undefined;

  /** Its content is made by hand: Lit has no part in it. */
  protected override update(changed: PropertyValues<this>): void {
    super.update(changed);
    if (!changed.has("tex") && !changed.has("display")) return;
    if (mathIfLoaded() && !this.growing) {
      this.set();
      return;
    }
    if (this.shown === undefined) this.showSource("waiting");
    if (mathIfLoaded()) inTurn(async () => this.set());
    else this.load();
  }

  private load() {
    loadMath().then(
      () => this.isConnected && this.set(),
      () => setTimeout(() => this.isConnected && this.load(), RETRY_MS),
    );
  }

  private set() {
    const { tex, display } = this;
    const key = `${display} ${tex}`;
    if (this.shown === key) return;
    this.shown = key;
    const engine = mathIfLoaded();
    const done = tex.length <= LONGEST_MATH && engine?.renderMath(tex, this, display);
    if (done) this.state = "set";
    else this.showSource("source");
  }

  private showSource(state: "waiting" | "source") {
    const code = document.createElement("code");
    code.textContent = this.tex;
    this.replaceChildren(code);
    this.state = state;
  }
}
