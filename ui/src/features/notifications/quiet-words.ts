// Do Not Disturb in words.
import { clock } from '../../app/locale.svelte';
import { moment, timeOfDay } from '../../lib/time';
import { m } from '../../paraglide/messages';
import { FOR_GOOD, untilOf, type Length, type Quiet } from './quiet';

export function quietWords(quiet: Quiet, now: number): string {
  if (quiet.until >= FOR_GOOD) return m.quiet_for_good();
  const time = moment(quiet.until, now, clock());
  return quiet.because === 'schedule' ? m.quiet_by_schedule({ time }) : m.quiet_until({ time });
}

export function lengthName(length: Length, now: number): string {
  const time = timeOfDay(untilOf('tomorrow', now, clock().timeZone), clock());
  return {
    half_hour: m.quiet_half_hour(),
    hour: m.quiet_hour(),
    tomorrow: m.quiet_tomorrow({ time }),
    for_good: m.quiet_until_off(),
  }[length];
}
