// Do Not Disturb, as pure rules: for a while, and at set hours of the week in the member's own time zone.
import type { DoNotDisturb, QuietHours } from '../../api/types';
import { dayKey, momentOf, wallTime } from '../../lib/time';

const DAY = 24 * 60;
const MINUTE = 60_000;

/** Until it is turned off. */
export const FOR_GOOD = Date.UTC(9999, 0, 1);

export interface Quiet {
  because: 'until' | 'schedule';
  /** When it is over. */
  until: number;
}

/** The minutes since midnight of `22:30`; null when it is no time. */
export function minutesOf(time: string): number | null {
  const [, hours, minutes] = /^(\d{1,2}):(\d{2})/.exec(time) ?? [];
  const result = Number(hours) * 60 + Number(minutes);
  return Number.isInteger(result) && Number(minutes) < 60 && result <= DAY ? result : null;
}

/** When the hours that hold now are over; null: they don't hold. */
function end(hours: QuietHours, now: number, zone: string): number | null {
  const [from, to] = [minutesOf(hours.from), minutesOf(hours.to)];
  if (from === null || to === null) return null;
  const clock = { locale: 'en', timeZone: zone };
  const { weekday, minutes } = wallTime(now, clock);
  // What ends no later than it begins ends on the next day.
  const last = to > from ? to : to + DAY;
  const [today, yesterday] = [hours.days.includes(weekday), hours.days.includes((weekday + 6) % 7)];
  if (today && minutes >= from && minutes < last) return momentOf(dayKey(now, clock), last, clock);
  if (yesterday && minutes + DAY < last) return momentOf(dayKey(now, clock), last - DAY, clock);
  return null;
}

/** Why nothing may disturb now, and for how long; null: it may. */
export function quiet({ until, schedule }: DoNotDisturb, now: number, zone: string): Quiet | null {
  const ends = schedule.map((hours) => end(hours, now, zone)).filter((at) => at !== null);
  const scheduled = ends.length > 0 ? Math.max(...ends) : null;
  if (until !== null && until > now && until >= (scheduled ?? 0)) return { because: 'until', until };
  return scheduled === null ? null : { because: 'schedule', until: scheduled };
}

/** Whether something may sound and show now. */
export function disturbs(settings: DoNotDisturb, now: number, zone: string): boolean {
  return quiet(settings, now, zone) === null;
}

export type Length = 'half_hour' | 'hour' | 'tomorrow' | 'for_good';
export const LENGTHS: readonly Length[] = ['half_hour', 'hour', 'tomorrow', 'for_good'];
/** Tomorrow begins when people do. */
const MORNING = 8 * 60;

export function untilOf(length: Length, now: number, zone: string): number {
  const clock = { locale: 'en', timeZone: zone };
  return {
    half_hour: now + 30 * MINUTE,
    hour: now + 60 * MINUTE,
    tomorrow: momentOf(dayKey(now, clock), DAY + MORNING, clock),
    for_good: FOR_GOOD,
  }[length];
}
