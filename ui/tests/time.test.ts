import { describe, expect, it } from 'vitest';
import { ago, dayKey, daysAgo, dayTitle, moment, shortTime, timeOfDay, type Clock } from '../src/lib/time';

const berlin: Clock = { locale: 'en-GB', timeZone: 'Europe/Berlin' };
const utc: Clock = { locale: 'en-GB', timeZone: 'UTC' };
const now = Date.parse('2026-03-18T12:00:00Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('the time of a row', () => {
  it.each([
    [20_000, 'now'],
    [-5_000, 'now'],
    [5 * MINUTE, '5 min ago'],
    [2 * HOUR, '11:00'],
    [DAY, 'Tue'],
    [20 * DAY, '26 Feb'],
    [400 * DAY, '11/02/25'],
  ])('%i ms ago is %s', (age, text) => expect(shortTime(now - age, now, berlin)).toBe(text));

  it('speaks the language', () => {
    expect(shortTime(now - 5 * MINUTE, now, { ...berlin, locale: 'ru' })).toBe('5 мин. назад');
    expect(shortTime(now - 5 * MINUTE, now, { ...berlin, locale: 'zh' })).toBe('5分钟前');
  });
});

describe('days', () => {
  it('are those of the time zone', () => {
    const late = Date.parse('2026-03-17T23:30:00Z');
    expect(dayKey(late, utc)).toBe('2026-03-17');
    expect(dayKey(late, berlin)).toBe('2026-03-18');
    expect(daysAgo(late, now, utc)).toBe(1);
    expect(daysAgo(late, now, berlin)).toBe(0);
  });

  it('count over a change of the clocks', () => {
    const before = Date.parse('2026-03-28T12:00:00Z');
    expect(daysAgo(before, Date.parse('2026-03-29T21:00:00Z'), berlin)).toBe(1);
  });

  it.each([
    [0, 'Today'],
    [DAY, 'Yesterday'],
    [2 * DAY, 'Monday 16 March'],
    [400 * DAY, '11 February 2025'],
  ])('%i ms back is called %s', (age, title) => expect(dayTitle(now - age, now, berlin)).toBe(title));

  it('are called so in every language', () => {
    expect(dayTitle(now - DAY, now, { ...berlin, locale: 'ru' })).toBe('Вчера');
    expect(dayTitle(now, now, { ...berlin, locale: 'zh' })).toBe('今天');
  });
});

it('tells how long ago', () => {
  expect(ago(now - 30_000, now, berlin)).toBe('now');
  expect(ago(now - 3 * HOUR, now, berlin)).toBe('3 hours ago');
  expect(ago(now - 60 * DAY, now, berlin)).toBe('60 days ago');
});

it('leaves the day out when it is today', () => {
  expect(moment(now, now, berlin)).toBe(timeOfDay(now, berlin));
  expect(moment(now - 3 * DAY, now, berlin)).toContain('15 Mar 2026');
});
