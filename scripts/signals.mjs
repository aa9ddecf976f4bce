const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];

/** One Ctrl-C comes from the terminal and again from npm: what follows so soon is the same one. */
const SAME_MS = 1_000;
const LOOK_FOR_PARENT_MS = 1_000;

/**
 * Turns the wish to stop into `signal`; `again` resolves when it comes a second time, from someone
 * who does not want to wait. Until `dispose`, no such signal ends the process by itself.
 */
export function onStop() {
  const stop = new AbortController();
  let hurry;
  const again = new Promise((resolve) => {
    hurry = resolve;
  });
  let firstAt;
  const receive = () => {
    firstAt ??= Date.now();
    if (!stop.signal.aborted) stop.abort();
    else if (Date.now() - firstAt > SAME_MS) hurry();
  };
  for (const name of SIGNALS) process.on(name, receive);

  // An npm that is killed outright passes nothing on: its end shows in who our parent is.
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.env.npm_lifecycle_event && process.ppid !== parent) receive();
  }, LOOK_FOR_PARENT_MS);
  watch.unref();

  return {
    signal: stop.signal,
    again,
    dispose() {
      clearInterval(watch);
      for (const name of SIGNALS) process.off(name, receive);
    },
  };
}
