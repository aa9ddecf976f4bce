import { expect, vi } from "vitest";
import { call } from "../chat-client.ts";
import { byId, fetchList, type Sidebar } from "./sidebar.ts";
import type { Tended } from "./tend.ts";

/**
 * Waits until every sidebar shows what the list over HTTP says, and compares that with what was done
 * to it: nothing is generating, what was deleted is gone, titles and pins are the last ones given.
 * @param mayLose Whether the store may have lost some of it: then the lists are compared alone.
 */
export async function agreeOnLists(
  url: string,
  sidebars: readonly Sidebar[],
  { kept, deleted }: Pick<Tended, "kept" | "deleted">,
  mayLose = false,
): Promise<void> {
  const listed = async () => byId((await fetchList(url)) ?? []);
  for (const sidebar of sidebars) {
    // Each time with the list as it is by then: a title may still come.
    const agrees = async () => expect(sidebar.items).toEqual(await listed());
    await vi.waitFor(agrees, { timeout: 20_000, interval: 100 }).catch((cause: unknown) => {
      throw new Error(`${sidebar.name} shows another list`, { cause });
    });
  }
  const list = await listed();
  expect(list.filter(({ generating }) => generating)).toEqual([]);
  if (mayLose) return;
  for (const [id, fields] of kept) {
    expect(list.find((one) => one.id === id)).toMatchObject(fields);
  }
  for (const id of deleted) {
    expect(list.some((one) => one.id === id)).toBe(false);
    expect((await call(url, "GET", `/api/conversations/${id}`)).status).toBe(404);
  }
}
