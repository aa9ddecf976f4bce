const AGAIN_MS = 2_000;

/** Loads what is not needed to begin with; while the network is away, again and again. */
async function surely(load: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await load();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }
}

let messages: Promise<void> | undefined;

/**
 * Loads what shows and announces messages: one can write before it is here. Those that are on the
 * page already are drawn when it comes.
 */
export function loadMessages(): Promise<void> {
  messages ??= surely(() =>
    Promise.all([
      import("./assistant-message.ts"),
      import("./user-message.ts"),
      import("./live-announcer.ts"),
    ]),
  );
  return messages;
}

let sidebar: Promise<void> | undefined;

/** Loads the parts of the sidebar that only show once one has typed or pressed something. */
export function loadSidebarParts(): Promise<void> {
  sidebar ??= surely(() =>
    Promise.all([import("./conversation-menu.ts"), import("./search-results.ts")]),
  );
  return sidebar;
}
