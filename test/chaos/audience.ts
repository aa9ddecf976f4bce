import { type EventReader, openEventReader } from "./event-reader.ts";
import type { Screen } from "./screen.ts";
import { openSidebar, type Sidebar } from "./sidebar.ts";
import { openViewer, type Viewer } from "./viewer.ts";

/** Everyone who looks on: sockets, event streams, and the list at each pod. */
export interface Audience {
  readonly viewers: readonly Viewer[];
  readonly readers: readonly EventReader[];
  readonly sidebars: readonly Sidebar[];
  readonly screens: readonly Screen[];
  /** What its members counted, put together. */
  counts(): Readonly<Record<string, number>>;
}

/**
 * A socket and a sidebar at each of `urls`, one reader of event streams that opens each at another.
 * All watch all of `ids`.
 */
export function openAudience(
  urls: readonly (() => string)[],
  ids: readonly string[],
  anywhere: () => string = urls[0] ?? (() => ""),
): Audience {
  const viewers = urls.map((url, at) => openViewer(`viewer ${at}`, url));
  const readers = [openEventReader("reader", anywhere)];
  const sidebars = urls.map((url, at) => openSidebar(`sidebar ${at}`, url));
  for (const id of ids) for (const one of [...viewers, ...readers]) one.watch(id);
  const screens = [...viewers, ...readers].map(({ screen }) => screen);
  const sum = (of: (one: Screen) => number) => screens.reduce((all, one) => all + of(one), 0);
  return {
    viewers,
    readers,
    sidebars,
    screens,
    counts: () => ({
      sockets: viewers.reduce((all, { sockets }) => all + sockets.opened, 0),
      streams: readers.reduce((all, { streams }) => all + streams.opened, 0),
      lists: sidebars.reduce((all, { counts }) => all + counts.fetches, 0),
      listEvents: sidebars.reduce((all, { counts }) => all + counts.events, 0),
      replays: sum(({ counts }) => counts.replays),
      snapshots: sum(({ counts }) => counts.snapshots),
      truncations: sum(({ counts }) => counts.truncations),
    }),
  };
}
