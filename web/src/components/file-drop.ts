import type { ReactiveController, ReactiveControllerHost } from "lit";

interface FileDropEvents {
  readonly onOver: (over: boolean) => void;
  readonly onFiles: (files: readonly File[]) => void;
}

/** Takes files that are dropped on its host; what else is dragged there is not its business. */
export class FileDrop implements ReactiveController {
  private readonly host: HTMLElement;
  private readonly events: FileDropEvents;

  constructor(host: ReactiveControllerHost & HTMLElement, events: FileDropEvents) {
    this.host = host;
    this.events = events;
    host.addController(this);
  }

  hostConnected(): void {
    this.host.addEventListener("dragover", this.over);
    this.host.addEventListener("dragleave", this.left);
    this.host.addEventListener("drop", this.dropped);
  }

  hostDisconnected(): void {
    this.host.removeEventListener("dragover", this.over);
    this.host.removeEventListener("dragleave", this.left);
    this.host.removeEventListener("drop", this.dropped);
  }

  private readonly over = (event: DragEvent) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
    this.events.onOver(true);
  };

  private readonly left = ({ relatedTarget }: DragEvent) => {
    if (relatedTarget instanceof Node && this.host.contains(relatedTarget)) return;
    this.events.onOver(false);
  };

  private readonly dropped = (event: DragEvent) => {
    this.events.onOver(false);
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    this.events.onFiles(files);
  };
}
