// Words for what went wrong, for whatever is on the way to the inbox: they are many, in three languages, and nothing goes
// wrong before they are here but the line. What is loaded later may ask problems.ts itself.
import { m } from '../paraglide/messages';
import type { Failure } from './failure';
import type * as Problems from './problems';

let known = $state.raw<Pick<typeof Problems, 'codeWords'> | null>(null);

/** Fetches them; a page that shows some already words them anew. */
export async function loadWords(): Promise<void> {
  try {
    known ??= await import('./problems');
  } catch {
    // Asked for again by whoever needs some.
  }
}

export function codeWords(code: string, params: Record<string, unknown> = {}): string {
  if (known) return known.codeWords(code, params);
  void loadWords();
  return code === 'network' ? m.problem_network() : m.problem_unexpected();
}

export function words(failure: Failure): string {
  return codeWords(failure.code, failure.params);
}
