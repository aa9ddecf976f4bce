import { act } from "./action.ts";
import { ConversationRow } from "./conversation-row.ts";
import type { ConversationRows } from "./conversation-rows.ts";

const PAGE = 10;

/** The keys of the list: arrows walk, F2 renames, Delete deletes (and can be undone). */
export function rowKeys(event: KeyboardEvent, list: ConversationRows): void {
  const { target } = event;
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (!(target instanceof HTMLElement) || target instanceof HTMLInputElement) return;
  const row = target.closest("conversation-row");
  if (!(row instanceof ConversationRow)) return;
  const { id } = row.conversation;
  const ids = list.groups.flatMap(({ items }) => items.map((item) => item.id));
  const at = ids.indexOf(id);
  const steps: Record<string, number> = {
    ArrowDown: at + 1,
    ArrowUp: at - 1,
    PageDown: at + PAGE,
    PageUp: at - PAGE,
    Home: 0,
    End: ids.length - 1,
  };
  const step = steps[event.key];
  if (step !== undefined) {
    const next = ids[Math.min(ids.length - 1, Math.max(0, step))];
    if (next) void list.focusRow(next);
  } else if (event.key === "F2") void list.rename(id);
  else if (event.key === "Delete" && !row.leaving) act(list, { type: "delete", id });
  else return;
  event.preventDefault();
}
