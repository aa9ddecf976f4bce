import { parseRoute, pathOf, type Route } from "./route.ts";
import { createStore, type Store } from "./store.ts";

/** The page's address as a value. */
export interface Router {
  readonly route: Store<Route>;
  /** Goes somewhere, with a way back. */
  go(route: Route): void;
  /** The same place has another address now. */
  replace(route: Route): void;
}

/** Follows the History API; ordinary clicks on links of our own go through it too. */
export function createRouter(): Router {
  const read = () => parseRoute(location.pathname, location.hash);
  const route = createStore<Route>(read());
  const address = (to: Route) => (to.page === "conversation" ? pathOf(to.id, to.at) : "/");
  const router: Router = {
    route,
    go(to) {
      const next = address(to);
      if (next !== location.pathname + location.hash) history.pushState(null, "", next);
      // A message can be asked for again: one may have scrolled away from it.
      else if (to.page !== "conversation" || !to.at) return;
      route.set(to);
    },
    replace(to) {
      history.replaceState(null, "", address(to));
      route.set(to);
    },
  };
  addEventListener("popstate", () => route.set(read()));
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    const plain =
      event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
    if (!link || !plain || link.target || link.origin !== location.origin) return;
    if (event.defaultPrevented || link.hasAttribute("download")) return;
    const to = parseRoute(link.pathname, link.hash);
    if (to.page !== "new" && to.page !== "conversation") return;
    // A place on this very page is the browser's business.
    const message = to.page === "conversation" && to.at;
    if (link.hash !== "" && !message && link.pathname === location.pathname) return;
    event.preventDefault();
    router.go(to);
  });
  return router;
}
