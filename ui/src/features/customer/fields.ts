// What may stand in a field of a customer, by its kind. Values are texts, as the server keeps them. Pure.
import type { CustomField } from '../../api/types';
import { day, type Clock } from '../../lib/time';
import { safeHref } from '../chat/entities';

export const LONGEST = 500;

export type Checked = { value: string | null } | { fault: 'bad_format' | 'too_long' };

/** What was typed as it is to be kept; null: nothing. */
export function checked(field: Pick<CustomField, 'kind' | 'choices'>, typed: string): Checked {
  const text = typed.trim();
  if (text === '') return { value: null };
  if (text.length > LONGEST) return { fault: 'too_long' };
  switch (field.kind) {
    case 'text':
      return { value: text };
    case 'number': {
      const plain = text.replace(/[\s\u00a0\u202f]/g, '').replace(',', '.');
      return /^[+-]?\d+(\.\d+)?$/.test(plain) ? { value: plain.replace(/^\+/, '') } : { fault: 'bad_format' };
    }
    case 'date':
      return isDay(text) ? { value: text } : { fault: 'bad_format' };
    case 'choice':
      return field.choices.includes(text) ? { value: text } : { fault: 'bad_format' };
    case 'link': {
      const href = linkOf(text);
      return href ? { value: href } : { fault: 'bad_format' };
    }
  }
}

function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const at = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}

/** An address of the web; one without its scheme gets the usual one. */
export function linkOf(text: string): string | null {
  const address = /^[a-z][a-z0-9+.-]*:/i.test(text) && !/^[^/]+:\d/.test(text) ? text : `https://${text}`;
  const href = safeHref(address);
  if (!href || !/^https?:/.test(href)) return null;
  return /^[^.\s]+\.[^\s]+|^localhost/.test(new URL(href).hostname) ? href : null;
}

/** A value as people read it. */
export function shownValue(field: Pick<CustomField, 'kind'>, value: string, clock: Clock): string {
  if (field.kind === 'date' && isDay(value))
    return day(Date.parse(`${value}T00:00:00Z`), { ...clock, timeZone: 'UTC' });
  if (field.kind === 'number' && value !== '' && Number.isSafeInteger(Math.trunc(Number(value)))) {
    return new Intl.NumberFormat(clock.locale, { maximumFractionDigits: 20 }).format(Number(value));
  }
  if (field.kind === 'link') return value.replace(/^https?:\/\//, '').replace(/\/$/, '');
  return value;
}
