// How long something took, in words of the member's language.

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

function unit(value: number, name: string, locale: string): string {
  return new Intl.NumberFormat(locale, { style: 'unit', unit: name, unitDisplay: 'narrow' }).format(value);
}

/** In the two largest units that say something: 40s, 5m, 2h 10m, 3d 4h. */
export function duration(ms: number, locale: string): string {
  const whole = Math.max(0, ms);
  const two = (large: number, name: string, small: number, lesser: string) => {
    const rest = Math.floor((whole % large) / small);
    const most = unit(Math.floor(whole / large), name, locale);
    return rest === 0 ? most : `${most} ${unit(rest, lesser, locale)}`;
  };
  if (whole < MINUTE) return unit(Math.round(whole / SECOND), 'second', locale);
  if (whole < HOUR) return unit(Math.floor(whole / MINUTE), 'minute', locale);
  if (whole < DAY) return two(HOUR, 'hour', MINUTE, 'minute');
  return two(DAY, 'day', HOUR, 'hour');
}
