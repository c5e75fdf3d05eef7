// The fields of customers as the page has them.
import type { CustomField, FieldKind } from '../../api/types';
import { m } from '../../paraglide/messages';

export function kindName(kind: FieldKind): string {
  const names: Record<FieldKind, () => string> = {
    text: m.field_kind_text,
    number: m.field_kind_number,
    date: m.field_kind_date,
    choice: m.field_kind_choice,
    link: m.field_kind_link,
  };
  return names[kind]?.() ?? kind;
}

/** One choice a line; blanks and what is there twice are left out. */
export function choicesOf(text: string): string[] {
  return [...new Set(text.split('\n').map((line) => line.trim()))].filter(Boolean);
}

export function inPlace(fields: readonly CustomField[]): CustomField[] {
  return fields.toSorted((a, b) => a.position - b.position || a.id.localeCompare(b.id));
}

/** Where a field goes when it moves by one: to its neighbour's place. Null: there is none on that side. */
export function placeAfter(fields: readonly CustomField[], id: string, step: 1 | -1): number | null {
  const at = fields.findIndex((field) => field.id === id);
  return at < 0 ? null : (fields[at + step]?.position ?? null);
}
