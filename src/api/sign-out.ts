import type { SignOuts } from "../domain/ports/identity.ts";
import { SignedOut } from "../protocol/session.ts";
import { defineRoute, type Route } from "./operation.ts";
import { NO_BODY, NO_PARAMS, NO_QUERY } from "./validate.ts";

/** `POST /api/session/sign-out`: the end of a sign-in, for all that is open and all that is kept. */
export function signOutRoutes(deps: {
  readonly signOuts: SignOuts;
  readonly signOutUrl: string | undefined;
}): readonly Route[] {
  const { signOuts, signOutUrl } = deps;
  return [
    defineRoute(
      {
        id: "signOut",
        method: "POST",
        path: "/api/session/sign-out",
        tag: "Session",
        summary: "Sign out",
        description:
          "Closes every socket (4401) and event stream of the user, in every process. With a proof of identity, that sign-in is refused from then on, until its proof ends. Then go to `redirect`, where there is one: it ends the proxy's session, without which the next request signs in again.",
        params: NO_PARAMS,
        query: NO_QUERY,
        body: NO_BODY,
        answers: [{ status: 200, description: "Signed out here", schema: SignedOut }],
      },
      async (c) => {
        await signOuts.end(c.get("identity"));
        const answer: SignedOut = signOutUrl === undefined ? {} : { redirect: signOutUrl };
        return c.json(answer);
      },
    ),
  ];
}
