// Why diversion gave a session to whom it gave it, in words.
import type { Why } from '../../api/types';
import { m } from '../../paraglide/messages';

const RULES: Record<Why['rule'], () => string> = {
  in_turn: m.chat_why_in_turn,
  online_first: m.chat_why_online_first,
  least_busy: m.chat_why_least_busy,
};

const PASSED: Record<string, () => string> = {
  busy: m.chat_why_passed_busy,
  offline: m.chat_why_passed_offline,
  not_connected: m.chat_why_passed_not_connected,
  at_limit: m.chat_why_passed_at_limit,
  not_taken_up: m.chat_why_passed_not_taken_up,
};

/** Why somebody was not chosen, in a word or two. */
export function passedWords(reason: string): string {
  return (PASSED[reason] ?? m.chat_why_passed_other)();
}

export interface WhyWords {
  /** Sentences that say how it came to this member. */
  because: string[];
  /** Who else serves the project and could not be chosen. */
  passed: { id: string; words: string }[];
}

export function whyWords(why: Why, name: string): WhyWords {
  const because = [(RULES[why.rule] ?? m.chat_why_in_turn)()];
  if (why.served_last) because.push(m.chat_why_served_last({ name }));
  else if (why.fallback) because.push(m.chat_why_fallback());
  if (!why.served_last && why.after) because.push(m.chat_why_after({ name: why.after.name }));
  because.push(m.chat_why_load({ name, open: why.open, limit: why.limit }));
  const passed = (why.passed ?? []).map(({ member, reason }) => ({
    id: member.id,
    words: m.chat_why_passed({ name: member.name, reason: passedWords(reason) }),
  }));
  return { because, passed };
}
