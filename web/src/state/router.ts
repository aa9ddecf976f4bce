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
  const route = createStore<Route>(parseRoute(location.pathname));
  const address = (to: Route) => pathOf(to.page === "conversation" ? to.id : undefined);
  const router: Router = {
    route,
    go(to) {
      if (address(to) === location.pathname) return;
      history.pushState(null, "", address(to));
      route.set(to);
    },
    replace(to) {
      history.replaceState(null, "", address(to));
      route.set(to);
    },
  };
  addEventListener("popstate", () => route.set(parseRoute(location.pathname)));
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    const plain =
      event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
    if (!link || !plain || link.target || link.origin !== location.origin) return;
    const to = parseRoute(link.pathname);
    if (event.defaultPrevented || to.page === "unknown") return;
    event.preventDefault();
    router.go(to);
  });
  return router;
}
