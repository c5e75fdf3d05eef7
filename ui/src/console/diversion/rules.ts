// The rules of a project as the form has them, and how long something is in words of a form: a number and a unit.
import type { Project, Rules } from '../../api/types';

export const RULE_FIELDS = [
  'diversion',
  'prefer_last',
  'take_up_seconds',
  'quiet_minutes',
  'reopen_minutes',
  'alert_minutes',
  'default_limit',
  'transfer_text',
] as const satisfies readonly (keyof Rules)[];

export const LIMITS = {
  take_up_seconds: { least: 10, most: 3_600, usual: 60 },
  quiet_minutes: { least: 1, most: 43_200, usual: 1_440 },
  reopen_minutes: { least: 0, most: 1_440, usual: 10 },
  alert_minutes: { least: 1, most: 1_440, usual: 10 },
  default_limit: { least: 0, most: 1_000, usual: 3 },
} as const;

export function rulesOf(project: Pick<Project, keyof Rules>): Rules {
  return Object.fromEntries(RULE_FIELDS.map((field) => [field, project[field] ?? null])) as unknown as Rules;
}

/** A text of blanks is none. */
export function cleaned(rules: Rules): Rules {
  return { ...rules, transfer_text: rules.transfer_text?.trim() || null };
}

/** Only what differs; a text that is taken away is sent as an empty one. */
export function changeOf(base: Rules, rules: Rules): Partial<Rules> {
  const clean = cleaned(rules);
  const changed = RULE_FIELDS.filter((field) => clean[field] !== base[field]);
  return Object.fromEntries(
    changed.map((field) => [field, field === 'transfer_text' ? (clean[field] ?? '') : clean[field]]),
  );
}

export type Unit = 'seconds' | 'minutes' | 'hours' | 'days';
const SECONDS: Record<Unit, number> = { seconds: 1, minutes: 60, hours: 3_600, days: 86_400 };

/** A time in the largest of `units` that divides it: 1440 minutes are 1 day, 90 are 90 minutes. */
export function inUnits(value: number, base: Unit, units: readonly Unit[]): { count: number; unit: Unit } {
  const seconds = value * SECONDS[base];
  const fitting = units.filter((unit) => seconds > 0 && seconds % SECONDS[unit] === 0);
  const unit = fitting.sort((a, b) => SECONDS[b] - SECONDS[a])[0] ?? base;
  return { count: seconds / SECONDS[unit], unit };
}

export function fromUnits(count: number, unit: Unit, base: Unit): number {
  return Math.round((count * SECONDS[unit]) / SECONDS[base]);
}
