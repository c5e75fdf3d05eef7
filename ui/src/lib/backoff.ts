const FIRST = 1_000;
const MOST = 30_000;

/** Full jitter between 1 s and a bound that doubles up to 30 s, so that a thousand browsers don't come back at once. */
export function backoff(attempt: number, random: () => number = Math.random): number {
  const bound = Math.min(MOST, FIRST * 2 ** Math.min(attempt, 10));
  return FIRST + random() * (bound - FIRST);
}
