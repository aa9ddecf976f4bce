import type { ReactiveController, ReactiveControllerHost } from "lit";

/** Tells the styles, as `--dock`, how much of the messages' end the box floats over. */
export class DockHeight implements ReactiveController {
  private readonly host: ReactiveControllerHost & HTMLElement;
  private readonly resizes = new ResizeObserver(() => this.measure());
  private dock: HTMLElement | null = null;

  constructor(host: ReactiveControllerHost & HTMLElement) {
    this.host = host;
    host.addController(this);
  }

  hostUpdated(): void {
    // To look for it is to walk through all messages.
    if (this.dock?.isConnected) return;
    const dock = this.host.querySelector<HTMLElement>(".dock");
    if (dock === this.dock) return;
    if (this.dock) this.resizes.unobserve(this.dock);
    this.dock = dock;
    if (dock) this.resizes.observe(dock);
  }

  hostDisconnected(): void {
    this.resizes.disconnect();
    this.dock = null;
  }

  private measure(): void {
    const { dock } = this;
    dock?.parentElement?.style.setProperty("--dock", `${dock.offsetHeight}px`);
  }
}
