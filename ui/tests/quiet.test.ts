import { describe, expect, it } from 'vitest';
import type { DoNotDisturb, QuietHours } from '../src/api/types';
import { disturbs, FOR_GOOD, minutesOf, quiet, untilOf } from '../src/features/notifications/quiet';
import { weekdays } from '../src/features/settings/weekdays';

const at = (text: string) => Date.parse(text);
const during = (...schedule: QuietHours[]): DoNotDisturb => ({ until: null, schedule });
const nights = { days: [1, 2, 3, 4, 5], from: '22:00', to: '07:00' };
const lunch = { days: [1], from: '12:00', to: '13:00' };

describe('Do Not Disturb', () => {
  // 2 March 2026 is a Monday.
  it.each<[string, DoNotDisturb, string, string, boolean]>([
    ['nothing set', during(), '2026-03-02T12:00Z', 'UTC', true],
    ['until later', { until: at('2026-03-02T13:00Z'), schedule: [] }, '2026-03-02T12:59:59Z', 'UTC', false],
    ['until now', { until: at('2026-03-02T13:00Z'), schedule: [] }, '2026-03-02T13:00Z', 'UTC', true],
    ['until turned off', { until: FOR_GOOD, schedule: [] }, '2046-03-02T13:00Z', 'UTC', false],
    ['before lunch', during(lunch), '2026-03-02T11:59:59Z', 'UTC', true],
    ['at lunch', during(lunch), '2026-03-02T12:00Z', 'UTC', false],
    ['after lunch', during(lunch), '2026-03-02T13:00Z', 'UTC', true],
    ['at lunch, on another day', during(lunch), '2026-03-03T12:30Z', 'UTC', true],
    ['on Monday evening', during(nights), '2026-03-02T22:00Z', 'UTC', false],
    ['after that midnight', during(nights), '2026-03-03T06:59Z', 'UTC', false],
    ['in the morning', during(nights), '2026-03-03T07:00Z', 'UTC', true],
    ['on Monday before dawn: Sunday is not one of the days', during(nights), '2026-03-02T03:00Z', 'UTC', true],
    ['on Saturday before dawn: it is Friday’s night', during(nights), '2026-03-07T03:00Z', 'UTC', false],
    ['on Saturday evening', during(nights), '2026-03-07T23:00Z', 'UTC', true],
    ['in Shanghai’s evening', during(nights), '2026-03-02T14:30Z', 'Asia/Shanghai', false],
    ['at the same moment in Berlin', during(nights), '2026-03-02T14:30Z', 'Europe/Berlin', true],
    [
      'on Sunday night where it is still Saturday in UTC',
      during({ ...lunch, days: [0], from: '00:00', to: '01:00' }),
      '2026-02-28T16:30Z',
      'Asia/Shanghai',
      false,
    ],
    ['around the clock', during({ days: [1], from: '09:00', to: '09:00' }), '2026-03-03T08:59Z', 'UTC', false],
    ['around the clock, over', during({ days: [1], from: '09:00', to: '09:00' }), '2026-03-03T09:00Z', 'UTC', true],
    ['by one of several hours', during(lunch, nights), '2026-03-02T23:00Z', 'UTC', false],
    ['by hours that are none', during({ days: [1], from: 'noon', to: '25:99' }), '2026-03-02T12:00Z', 'UTC', true],
    ['on no day at all', during({ ...lunch, days: [] }), '2026-03-02T12:30Z', 'UTC', true],
  ])('%s', (_, settings, now, zone, expected) => expect(disturbs(settings, at(now), zone)).toBe(expected));

  it('names when it is over', () => {
    expect(quiet(during(nights), at('2026-03-02T23:00Z'), 'UTC')).toEqual({
      because: 'schedule',
      until: at('2026-03-03T07:00Z'),
    });
    expect(quiet(during(nights), at('2026-03-03T06:00Z'), 'UTC')?.until).toBe(at('2026-03-03T07:00Z'));
    // The night in which the clocks of Berlin go forward.
    const saturday = during({ days: [6], from: '22:00', to: '07:00' });
    expect(quiet(saturday, at('2026-03-28T23:00Z'), 'Europe/Berlin')?.until).toBe(at('2026-03-29T05:00Z'));
  });

  it('lasts as long as the longer of the two', () => {
    const now = at('2026-03-02T23:00Z');
    const short = { until: now + 60_000, schedule: [nights] };
    expect(quiet(short, now, 'UTC')).toEqual({ because: 'schedule', until: at('2026-03-03T07:00Z') });
    expect(quiet({ ...short, until: FOR_GOOD }, now, 'UTC')).toEqual({ because: 'until', until: FOR_GOOD });
  });

  it('may be asked for a while', () => {
    const now = at('2026-03-02T15:20Z');
    expect(untilOf('half_hour', now, 'UTC')).toBe(at('2026-03-02T15:50Z'));
    expect(untilOf('hour', now, 'UTC')).toBe(at('2026-03-02T16:20Z'));
    expect(untilOf('tomorrow', now, 'Asia/Shanghai')).toBe(at('2026-03-03T00:00Z'));
    // Already tomorrow there.
    expect(untilOf('tomorrow', at('2026-03-02T16:20Z'), 'Asia/Shanghai')).toBe(at('2026-03-04T00:00Z'));
  });
});

it.each([
  ['00:00', 0],
  ['7:05', 425],
  ['23:59', 1439],
  ['24:00', 1440],
  ['24:01', null],
  ['12:60', null],
  ['', null],
])('the time %j is %j minutes', (text, minutes) => expect(minutesOf(text)).toBe(minutes));

it('the days of the week have the numbers of the server, in the order of the language', () => {
  const days = weekdays('en-GB');
  expect(days.map(({ day }) => day).sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(days.find(({ day }) => day === 0)?.long).toBe('Sunday');
  expect(weekdays('ru').find(({ day }) => day === 1)?.short).toBe('пн');
});
