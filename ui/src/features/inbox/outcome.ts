// What came of an act on many sessions, in words.
import type { Outcome, Refusal } from '../../api/reception';
import { codeWords } from '../../api/problems';

export interface Reason {
  words: string;
  names: string[];
}

/** Refusals for the same reason together. */
export function reasonsOf(refused: readonly Refusal[], nameOf: (id: string) => string): Reason[] {
  const reasons = new Map<string, string[]>();
  for (const { id, code, params } of refused) {
    const words = codeWords(code, params);
    reasons.set(words, [...(reasons.get(words) ?? []), nameOf(id)]);
  }
  return [...reasons].map(([words, names]) => ({ words, names }));
}

export function together(outcomes: readonly Outcome[]): Outcome {
  return { done: outcomes.flatMap(({ done }) => done), refused: outcomes.flatMap(({ refused }) => refused) };
}
