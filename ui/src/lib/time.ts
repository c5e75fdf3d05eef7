// Every date the portal shows goes through here: in the member's language and time zone.

export interface Clock {
  locale: string;
  timeZone: string;
}

const formatters = new Map<string, Intl.DateTimeFormat>();

// Making a formatter costs a hundred times what using it does.
function formatter(clock: Clock, name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${clock.locale}|${clock.timeZone}|${name}`;
  let made = formatters.get(key);
  if (!made) {
    made = new Intl.DateTimeFormat(clock.locale, { ...options, timeZone: clock.timeZone });
    formatters.set(key, made);
  }
  return made;
}

const MINUTE = 60_000;
const DAY = 86_400_000;

/** The calendar day in the member's zone, e.g. `2026-03-01`. */
export function dayKey(at: number, clock: Clock): string {
  return formatter({ ...clock, locale: 'en-CA' }, 'key', { year: 'numeric', month: '2-digit', day: '2-digit' }).format(
    at,
  );
}

/** Calendar days from `at` to `now`: 0 today, 1 yesterday. */
export function daysAgo(at: number, now: number, clock: Clock): number {
  return Math.round((Date.parse(dayKey(now, clock)) - Date.parse(dayKey(at, clock))) / DAY);
}

/** How far the zone's clocks are ahead of UTC at that moment. */
function offset(at: number, clock: Clock): number {
  const parts = formatter({ ...clock, locale: 'en-CA' }, 'wall', {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(at);
  const part = (type: string) => Number(parts.find((one) => one.type === type)?.value ?? 0);
  const wall = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
  return wall - Math.floor(at / 1000) * 1000;
}

/** The moment at which the clocks of the member's zone show so many minutes after the midnight a day (`2026-03-01`) begins with. */
export function momentOf(day: string, minutes: number, clock: Clock): number {
  const wall = Date.parse(`${day}T00:00:00Z`) + minutes * MINUTE;
  // Twice, because the clocks may be changed between the first guess and the moment itself.
  const guess = wall - offset(wall, clock);
  return wall - offset(guess, clock);
}

/** The moment at which a day (`2026-03-01`) is over in the member's zone. */
export function endOfDay(day: string, clock: Clock): number {
  return momentOf(day, DAY / MINUTE, clock);
}

/** What the clocks of the member's zone show: the day of the week (0: Sunday) and the minutes since midnight. */
export function wallTime(at: number, clock: Clock): { weekday: number; minutes: number } {
  const wall = new Date(at + offset(at, clock));
  return { weekday: wall.getUTCDay(), minutes: wall.getUTCHours() * 60 + wall.getUTCMinutes() };
}

export function timeOfDay(at: number, clock: Clock): string {
  return formatter(clock, 'time', { hour: '2-digit', minute: '2-digit' }).format(at);
}

export function day(at: number, clock: Clock): string {
  return formatter(clock, 'date-only', { dateStyle: 'medium' }).format(at);
}

export function dateTime(at: number, clock: Clock): string {
  return formatter(clock, 'full', { dateStyle: 'medium', timeStyle: 'short' }).format(at);
}

/** From when to when, the day said once where it is one. */
export function span(from: number, to: number, clock: Clock): string {
  return formatter(clock, 'full', { dateStyle: 'medium', timeStyle: 'short' }).formatRange(from, to);
}

function relative(clock: Clock, value: number, unit: Intl.RelativeTimeFormatUnit, style: 'long' | 'short'): string {
  return new Intl.RelativeTimeFormat(clock.locale, { numeric: 'auto', style }).format(value, unit);
}

function capital(text: string, locale: string): string {
  return text.charAt(0).toLocaleUpperCase(locale) + text.slice(1);
}

/** The words of a day separator: Today, Yesterday, Monday 2 March, and the year when it is another. */
export function dayTitle(at: number, now: number, clock: Clock): string {
  const ago = daysAgo(at, now, clock);
  if (ago === 0 || ago === 1) return capital(relative(clock, -ago, 'day', 'long'), clock.locale);
  const sameYear = dayKey(at, clock).slice(0, 4) === dayKey(now, clock).slice(0, 4);
  return sameYear
    ? formatter(clock, 'day', { weekday: 'long', day: 'numeric', month: 'long' }).format(at)
    : formatter(clock, 'day-year', { day: 'numeric', month: 'long', year: 'numeric' }).format(at);
}

/** The short time of a list row: now, 5 min ago, 14:05, Mon, 2 Mar, 02.03.25. */
export function shortTime(at: number, now: number, clock: Clock): string {
  const age = now - at;
  if (age < MINUTE) return relative(clock, 0, 'second', 'short');
  if (age < 60 * MINUTE) return relative(clock, -Math.floor(age / MINUTE), 'minute', 'short');
  const ago = daysAgo(at, now, clock);
  if (ago === 0) return timeOfDay(at, clock);
  if (ago < 7) return formatter(clock, 'weekday', { weekday: 'short' }).format(at);
  const sameYear = dayKey(at, clock).slice(0, 4) === dayKey(now, clock).slice(0, 4);
  return sameYear
    ? formatter(clock, 'date', { day: 'numeric', month: 'short' }).format(at)
    : formatter(clock, 'date-year', { day: '2-digit', month: '2-digit', year: '2-digit' }).format(at);
}

/** The moment itself, the day left out when it is today's. */
export function moment(at: number, now: number, clock: Clock): string {
  return daysAgo(at, now, clock) === 0 ? timeOfDay(at, clock) : dateTime(at, clock);
}

/** How long ago, in words: now, 3 minutes ago, yesterday. */
export function ago(at: number, now: number, clock: Clock): string {
  const age = Math.max(0, now - at);
  if (age < MINUTE) return relative(clock, 0, 'second', 'long');
  if (age < 60 * MINUTE) return relative(clock, -Math.floor(age / MINUTE), 'minute', 'long');
  if (age < DAY) return relative(clock, -Math.floor(age / (60 * MINUTE)), 'hour', 'long');
  return relative(clock, -Math.max(1, daysAgo(at, now, clock)), 'day', 'long');
}

export function browserTimeZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
}

export function timeZones(): string[] {
  const known = Intl.supportedValuesOf('timeZone');
  return known.includes('UTC') ? known : ['UTC', ...known];
}
