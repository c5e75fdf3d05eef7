import type { Customer } from '../api/types';

export function customerName(
  customer: Pick<Customer, 'first_name' | 'last_name' | 'username' | 'telegram_id'>,
): string {
  const name = [customer.first_name, customer.last_name].filter(Boolean).join(' ').trim();
  return name || (customer.username ? `@${customer.username}` : String(customer.telegram_id));
}

let segmenter: Intl.Segmenter | undefined;

/** The first letter or digit of a word; a name of emoji alone gives its first one. */
function initial(word: string): string {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  const graphemes = [...segmenter.segment(word)].map((part) => part.segment);
  return graphemes.find((grapheme) => /[\p{L}\p{N}]/u.test(grapheme)) ?? graphemes[0] ?? '';
}

export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const first = words[0];
  if (!first) return '?';
  const last = words.length > 1 ? words[words.length - 1] : undefined;
  const letters = initial(first) + (last && /[\p{L}\p{N}]/u.test(last) ? initial(last) : '');
  return letters.toLocaleUpperCase();
}

export const HUES = 8;

/** A colour for a person that is the same in every browser: of their id, not of the order they came in. */
export function hueOf(id: string): number {
  let hash = 0x811c9dc5;
  for (const char of id) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return hash % HUES;
}
