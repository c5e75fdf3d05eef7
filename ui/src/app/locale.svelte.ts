// The portal's language: the member's setting, else the browser's. Words re-render when it changes, without a reload.
import { stored, store } from '../lib/storage';
import { browserTimeZone, type Clock } from '../lib/time';
import { isLocale, locales, overwriteGetLocale, type Locale } from '../paraglide/runtime';
import { account } from '../store/account.svelte';

const KEY = 'teledesk.language';

/** The first of `wanted` (BCP 47 tags) that we speak. */
export function pickLocale(wanted: readonly string[]): Locale {
  for (const tag of wanted) {
    const language = tag.toLowerCase().split('-')[0];
    const found = locales.find((locale) => locale === language);
    if (found) return found;
  }
  return 'en';
}

const kept = stored(KEY);
let chosen = $state<Locale>(kept && isLocale(kept) ? kept : pickLocale(navigator.languages));

overwriteGetLocale(() => chosen);

export function language(): Locale {
  return chosen;
}

/** Shows this language from now on, here and on the login page. */
export function speak(locale: string): void {
  if (!isLocale(locale)) return;
  chosen = locale;
  store(KEY, locale);
  document.documentElement.lang = locale;
}

/** What dates are worded with. The browser's own variant (en-GB, zh-TW) decides how a time is written. */
export function clock(): Clock {
  const locale = navigator.languages.find((tag) => tag.toLowerCase().split('-')[0] === chosen) ?? chosen;
  const timeZone = account.me?.time_zone || account.me?.workspace.time_zone || browserTimeZone();
  return { locale, timeZone };
}

// Another tab of this browser chose.
window.addEventListener('storage', ({ key, newValue }) => {
  if (key !== KEY || newValue === null || !isLocale(newValue)) return;
  chosen = newValue;
  document.documentElement.lang = newValue;
});
document.documentElement.lang = language();
