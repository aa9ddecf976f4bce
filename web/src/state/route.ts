import { ConversationId, MessageId } from "../../../src/protocol/ids.ts";
import { ShareId } from "../../../src/protocol/share.ts";

/** Where the page is. */
export type Route =
  | { readonly page: "new" }
  | {
      readonly page: "conversation";
      readonly id: ConversationId;
      /** The message to show first; absent: the end. */
      readonly at?: MessageId;
    }
  | { readonly page: "share"; readonly id: ShareId }
  | { readonly page: "unknown" };

const UNKNOWN: Route = { page: "unknown" };

/** Reads an address's path, and the message its fragment names. */
export function parseRoute(pathname: string, hash = ""): Route {
  if (pathname === "/" || pathname === "") return { page: "new" };
  const [, page, name, ...rest] = pathname.split("/");
  if (rest.length > 0) return UNKNOWN;
  if (page === "share") {
    const id = ShareId.safeParse(name).data;
    return id ? { page, id } : UNKNOWN;
  }
  const id = page === "c" ? ConversationId.safeParse(name).data : undefined;
  if (!id) return UNKNOWN;
  const at = MessageId.safeParse(hash.slice(1)).data;
  return { page: "conversation", id, ...(at && { at }) };
}

/** The address of a conversation, of a message in it, or of a new chat. */
export function pathOf(id: ConversationId | undefined, at?: MessageId): string {
  if (!id) return "/";
  return at ? `/c/${id}#${at}` : `/c/${id}`;
}
