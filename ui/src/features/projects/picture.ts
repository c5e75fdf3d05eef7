/** How the kinds of picture begin in base64. */
const KINDS: readonly [string, string][] = [
  ['/9j/', 'image/jpeg'],
  ['iVBORw0KGgo', 'image/png'],
  ['UklGR', 'image/webp'],
];

/** A picture that came as base64, as an address for `img`; none when it is of no known kind. */
export function pictureOf(base64: string | null | undefined): string | null {
  const kind = KINDS.find(([beginning]) => base64?.startsWith(beginning))?.[1];
  return kind && base64 ? `data:${kind};base64,${base64}` : null;
}

/** Whether this looks like a whole bot token: only then is Telegram asked about it. */
export function isWholeToken(text: string): boolean {
  return /^\d{5,}:[\w-]{30,}$/.test(text.trim());
}
