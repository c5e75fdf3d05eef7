// Words about how sessions find their assignee.
import type { Verdict } from '../../api/diversion';
import type { Diversion, Why } from '../../api/types';
import { m } from '../../paraglide/messages';
import type { Unit } from './rules';

export const DIVERSIONS: readonly Diversion[] = ['in_turn', 'online_first', 'least_busy'];

export function ruleName(rule: Diversion): string {
  return {
    in_turn: m.diversion_in_turn(),
    online_first: m.diversion_online_first(),
    least_busy: m.diversion_least_busy(),
  }[rule];
}

export function ruleHint(rule: Diversion): string {
  return {
    in_turn: m.diversion_in_turn_hint(),
    online_first: m.diversion_online_first_hint(),
    least_busy: m.diversion_least_busy_hint(),
  }[rule];
}

export function unitName(unit: Unit, count: number): string {
  return {
    seconds: m.unit_seconds({ count }),
    minutes: m.unit_minutes({ count }),
    hours: m.unit_hours({ count }),
    days: m.unit_days({ count }),
  }[unit];
}

/** What of a rule decided for the one who gets it. */
export function whyWords(why: Why): string {
  if (why.served_last) return m.why_served_last();
  if (why.fallback) return m.why_fallback();
  if (why.rule === 'least_busy') return m.why_least_busy({ count: why.open, limit: why.limit });
  const name = why.after?.name;
  if (why.rule === 'online_first') return name ? m.why_online_first_after({ name }) : m.why_online_first();
  return name ? m.why_in_turn_after({ name }) : m.why_in_turn();
}

export function verdictWords(verdict: Verdict): string {
  const words: Record<Verdict, () => string> = {
    chosen: m.verdict_chosen,
    could: m.verdict_could,
    busy: m.verdict_busy,
    offline: m.verdict_offline,
    not_connected: m.verdict_not_connected,
    at_limit: m.verdict_at_limit,
    not_taken_up: m.verdict_not_taken_up,
  };
  return words[verdict]?.() ?? verdict;
}
