import { ConversationId } from "../../../src/protocol/ids.ts";

/** Where the page is. */
export type Route =
  | { readonly page: "new" }
  | { readonly page: "conversation"; readonly id: ConversationId }
  | { readonly page: "unknown" };

/** Reads an address's path. */
export function parseRoute(pathname: string): Route {
  if (pathname === "/" || pathname === "") return { page: "new" };
  const [, page, id, ...rest] = pathname.split("/");
  const known = page === "c" && rest.length === 0 ? ConversationId.safeParse(id).data : undefined;
  return known ? { page: "conversation", id: known } : { page: "unknown" };
}

/** The address of a conversation, or of a new chat. */
export function pathOf(id: ConversationId | undefined): string {
  return id ? `/c/${id}` : "/";
}
