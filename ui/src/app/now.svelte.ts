import { createSubscriber } from 'svelte/reactivity';

const TICK = 20_000;

// One timer for every relative time on the page, and none while nothing shows one.
const subscribe = createSubscriber((update) => {
  const timer = setInterval(update, TICK);
  return () => clearInterval(timer);
});

/** The time, read again every 20 s where it is shown. */
export function now(): number {
  subscribe();
  return Date.now();
}
