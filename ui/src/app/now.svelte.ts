import { createSubscriber } from 'svelte/reactivity';

const ticking = (milliseconds: number) =>
  // One timer for everything on the page that shows it, and none while nothing does.
  createSubscriber((update) => {
    const timer = setInterval(update, milliseconds);
    return () => clearInterval(timer);
  });

const slowly = ticking(20_000);
const eachSecond = ticking(1_000);

/** The time, read again every 20 s where it is shown. */
export function now(): number {
  slowly();
  return Date.now();
}

/** The time, read again every second: for what counts down. */
export function seconds(): number {
  eachSecond();
  return Date.now();
}
