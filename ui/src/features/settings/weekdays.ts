// The days of the week as the member's language calls and orders them.

export interface Weekday {
  /** 0: Sunday. */
  day: number;
  short: string;
  long: string;
}

// A Sunday.
const SUNDAY = Date.UTC(2024, 0, 7, 12);
const DAY = 86_400_000;

/** On which day a week begins. Not every browser can say; Monday is the rule of most of the world. */
function first(locale: string): number {
  const said = new Intl.Locale(locale) as Intl.Locale & {
    getWeekInfo?: () => { firstDay: number };
    weekInfo?: { firstDay: number };
  };
  return ((said.getWeekInfo?.() ?? said.weekInfo)?.firstDay ?? 1) % 7;
}

export function weekdays(locale: string): Weekday[] {
  const name = (day: number, weekday: 'short' | 'long') =>
    new Intl.DateTimeFormat(locale, { weekday, timeZone: 'UTC' }).format(SUNDAY + day * DAY);
  const start = first(locale);
  return Array.from({ length: 7 }, (_, index) => {
    const day = (start + index) % 7;
    return { day, short: name(day, 'short'), long: name(day, 'long') };
  });
}
