import { SharedConversation, type ShareId } from "../../../src/protocol/share.ts";
import { words } from "../i18n/words.ts";
import { ApiError, request } from "./http.ts";

/**
 * What is behind a link, for whoever has it: nobody needs to be signed in.
 * @throws ApiError `not_found` where there is nothing (any more).
 */
export async function readShare(id: ShareId): Promise<SharedConversation> {
  const { data } = SharedConversation.safeParse(await request(`/api/shares/${id}`));
  if (!data) throw new ApiError("internal", words().problem.internal);
  return data;
}
