import { afterEach, describe, expect, it } from 'vitest';
import type { Why } from '../src/api/types';
import type { Rules } from '../src/api/types';
import { speak } from '../src/app/locale.svelte';
import { changeOf, fromUnits, inUnits, rulesOf } from '../src/console/diversion/rules';
import { DIVERSIONS, ruleHint, verdictWords, whyWords } from '../src/console/diversion/words';
import { aProject } from './builders';

const base = rulesOf(aProject());
const why = (change: Partial<Why> = {}): Why => ({
  rule: 'in_turn',
  after: null,
  open: 1,
  limit: 3,
  fallback: false,
  served_last: false,
  passed: [],
  ...change,
});

afterEach(() => speak('en'));

describe('the rules of a project', () => {
  it('are what the project says, without the rest of it', () => {
    expect(base).toEqual({
      diversion: 'in_turn',
      prefer_last: false,
      take_up_seconds: null,
      quiet_minutes: 1_440,
      reopen_minutes: 10,
      alert_minutes: 10,
      default_limit: 3,
      transfer_text: null,
    });
  });

  it.each<[string, Partial<Rules>, object]>([
    ['nothing', {}, {}],
    ['a rule that is switched off', { quiet_minutes: null }, { quiet_minutes: null }],
    ['two at once', { diversion: 'least_busy', default_limit: 0 }, { diversion: 'least_busy', default_limit: 0 }],
    ['a text, without the blanks around it', { transfer_text: '  Wait. ' }, { transfer_text: 'Wait.' }],
    ['blanks alone, which are no text', { transfer_text: '   ' }, {}],
  ])('send %s', (_, change, wire) => expect(changeOf(base, { ...base, ...change })).toEqual(wire));

  it('take a text away with an empty one', () => {
    const had = { ...base, transfer_text: 'Wait.' };
    expect(changeOf(had, { ...had, transfer_text: '' })).toEqual({ transfer_text: '' });
  });
});

describe('a time', () => {
  it.each([
    [1_440, { count: 1, unit: 'days' }],
    [90, { count: 90, unit: 'minutes' }],
    [120, { count: 2, unit: 'hours' }],
    [0, { count: 0, unit: 'minutes' }],
  ] as const)('of %i minutes is shown in the largest unit that divides it', (minutes, shown) => {
    expect(inUnits(minutes, 'minutes', ['minutes', 'hours', 'days'])).toEqual(shown);
    expect(fromUnits(shown.count, shown.unit, 'minutes')).toBe(minutes);
  });

  it('of seconds becomes minutes only where minutes are offered', () => {
    expect(inUnits(120, 'seconds', ['seconds', 'minutes'])).toEqual({ count: 2, unit: 'minutes' });
    expect(inUnits(120, 'seconds', ['seconds'])).toEqual({ count: 120, unit: 'seconds' });
  });
});

describe('the dry run', () => {
  it('says what decided', () => {
    const after = { id: 'b', name: 'Ben' };
    expect(whyWords(why())).toBe('First in turn.');
    expect(whyWords(why({ after }))).toContain('after Ben');
    expect(whyWords(why({ rule: 'online_first', after }))).toContain('portal open');
    expect(whyWords(why({ rule: 'online_first', after, fallback: true }))).toContain('isn’t busy');
    expect(whyWords(why({ rule: 'least_busy' }))).toBe('The least busy: 1 open session of 3.');
    expect(whyWords(why({ rule: 'least_busy', served_last: true }))).toContain('served this customer last');
  });

  it.each(['en', 'zh', 'ru'])('has words for every verdict and every rule in %s', (locale) => {
    speak(locale);
    const verdicts = ['chosen', 'could', 'busy', 'offline', 'not_connected', 'at_limit', 'not_taken_up'] as const;
    expect(new Set(verdicts.map(verdictWords)).size).toBe(verdicts.length);
    for (const rule of DIVERSIONS) expect(ruleHint(rule)).toMatch(/[.。]$/);
  });

  it('shows a verdict of a newer server as it is', () => {
    expect(verdictWords('asleep' as never)).toBe('asleep');
  });
});
