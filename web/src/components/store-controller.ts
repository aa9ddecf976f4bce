import type { ReactiveController, ReactiveControllerHost } from "lit";
import { oncePerFrame, type Store } from "../state/store.ts";

/** Draws its host again, at most once a picture, when one of the stores has changed. */
export class StoreController implements ReactiveController {
  private readonly stores: readonly Pick<Store<unknown>, "subscribe">[];
  private readonly update: () => void;
  private stops: (() => void)[] = [];

  constructor(host: ReactiveControllerHost, stores: readonly Pick<Store<unknown>, "subscribe">[]) {
    this.stores = stores;
    this.update = oncePerFrame(() => host.requestUpdate());
    host.addController(this);
  }

  hostConnected(): void {
    this.stops = this.stores.map((store) => store.subscribe(this.update));
  }

  hostDisconnected(): void {
    for (const stop of this.stops) stop();
  }
}
