// How customers are searched, as the server does it: a question finds whoever has words that begin like each of its words.
// Scripts that leave no spaces between words are read in pairs of characters, so that any part of a name is found.
import type { Customer } from '../api/types';

// Han, kana, hangul, Thai, Lao, Khmer and Burmese.
const DENSE =
  /[\u0E00-\u0EFF\u1000-\u109F\u1780-\u17FF\u3005-\u3007\u3040-\u30FF\u31F0-\u31FF\u3400-\u4DBF\u4E00-\u9FFF\uAC00-\uD7AF\uF900-\uFAFF\u{20000}-\u{3FFFF}]/u;

/** Case, width, accents and what can't be seen don't count. */
function fold(text: string): string {
  const visible = text.normalize('NFKC').replace(/\p{Default_Ignorable_Code_Point}/gu, '');
  return visible.toLowerCase().normalize('NFKD').replace(/\p{M}/gu, '').normalize('NFKC');
}

const RUN = new RegExp(`${DENSE.source}+|(?:(?!${DENSE.source}).)+`, 'gu');

/** The words of a text: of spaced scripts as they are, of dense ones a run of characters each. */
function runs(text: string): string[] {
  const words = fold(text).match(/[\p{Alphabetic}\p{N}]+/gu) ?? [];
  return words.flatMap((word) => word.match(RUN) ?? []);
}

function pairs(run: string): string[] {
  const characters = [...run];
  return characters.slice(1).map((next, at) => `${characters[at]}${next}`);
}

/** What a customer's words have to begin with, all of them. */
export function asked(q: string): string[] {
  return runs(q).flatMap((run) => (DENSE.test(run) && [...run].length > 1 ? pairs(run) : [run]));
}

// A copy of a customer never changes: a newer one is another.
const known = new WeakMap<Customer, readonly string[]>();

function wordsOf(customer: Customer): readonly string[] {
  let words = known.get(customer);
  if (!words) {
    words = made(customer);
    known.set(customer, words);
  }
  return words;
}

function made({ first_name, last_name, username, telegram_id }: Customer): string[] {
  const texts = [first_name, last_name, username].filter((text): text is string => Boolean(text));
  const words = texts
    .flatMap(runs)
    .flatMap((run) => (DENSE.test(run) ? [...pairs(run), [...run].at(-1) ?? ''] : [run]));
  return [String(telegram_id), ...words];
}

/** Whether a question (see {@link asked}) finds the customer; one without words finds nobody. */
export function isFound(customer: Customer, question: readonly string[]): boolean {
  const words = wordsOf(customer);
  return question.length > 0 && question.every((one) => words.some((word) => word.startsWith(one)));
}
