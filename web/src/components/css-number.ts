import { noChange } from "lit";
import { Directive, directive, type ElementPart, type PartInfo, PartType } from "lit/directive.js";

class CssNumber extends Directive {
  private last: number | undefined;

  constructor(part: PartInfo) {
    super(part);
    if (part.type !== PartType.ELEMENT) throw new Error("cssNumber stands on an element");
  }

  override render(_name: `--${string}`, _value: number): unknown {
    return noChange;
  }

  override update({ element }: ElementPart, [name, value]: [`--${string}`, number]): unknown {
    if (value !== this.last && element instanceof HTMLElement) {
      element.style.setProperty(name, String(value));
    }
    this.last = value;
    return noChange;
  }
}

/** Gives an element's style a number to count with; a `style` attribute would break the policy. */
export const cssNumber = directive(CssNumber);
