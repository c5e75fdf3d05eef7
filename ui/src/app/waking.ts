// When the page may have slept: the lid was closed, the tab frozen, the network changed. Timers and lines don't tell.

const TICK = 10_000;
/** Later than this, a tick stood still. A hidden tab's may come only once a minute while nobody sleeps. */
const SLEPT = 75_000;

/** Calls `wake` whenever the page has come back from somewhere. Returns how to stop. */
export function watchWaking(wake: () => void): () => void {
  let last = Date.now();
  const tick = () => {
    const now = Date.now();
    const slept = now - last > SLEPT;
    last = now;
    if (slept) wake();
  };
  const timer = setInterval(tick, TICK);
  const seen = () => {
    if (document.visibilityState === 'visible') wake();
  };
  const shown = (event: PageTransitionEvent) => {
    if (event.persisted) wake();
  };
  document.addEventListener('visibilitychange', seen);
  document.addEventListener('resume', wake);
  window.addEventListener('pageshow', shown);
  window.addEventListener('online', wake);
  return () => {
    clearInterval(timer);
    document.removeEventListener('visibilitychange', seen);
    document.removeEventListener('resume', wake);
    window.removeEventListener('pageshow', shown);
    window.removeEventListener('online', wake);
  };
}
