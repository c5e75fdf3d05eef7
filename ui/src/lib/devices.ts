// A browser's own long description of itself, in the words people use.

const BROWSERS: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/\bEdg(e|A|iOS)?\/(\d+)/, 'Edge'],
  [/\bOPR\/(\d+)/, 'Opera'],
  [/\bYaBrowser\/(\d+)/, 'Yandex'],
  [/\b(Firefox|FxiOS)\/(\d+)/, 'Firefox'],
  [/\b(Headless)?(Chrome|Chromium|CriOS)\/(\d+)/, 'Chrome'],
  [/\bVersion\/(\d+).*Safari/, 'Safari'],
];
const SYSTEMS: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/iPhone|iPod/, 'iPhone'],
  [/iPad/, 'iPad'],
  [/Android/, 'Android'],
  [/Windows/, 'Windows'],
  [/CrOS/, 'ChromeOS'],
  [/Mac OS X|Macintosh/, 'macOS'],
  [/Linux/, 'Linux'],
];

/** For example `Firefox · Windows`; what nobody knows stays as it is. */
export function deviceName(device: string): string {
  const name = (list: typeof BROWSERS) => list.find(([pattern]) => pattern.test(device))?.[1];
  const parts = [name(BROWSERS), name(SYSTEMS)].filter(Boolean);
  return parts.length > 0 ? parts.join(' · ') : device || '–';
}
