// Why nothing can sound or show, as a pure rule: each reason has its way out in the panel.
import { quiet, type Quiet } from './quiet';
import type { Wishes } from './wishes';

export type Permission = 'granted' | 'denied' | 'default' | 'insecure' | 'missing';
export type Sounds = 'ready' | 'untouched' | 'missing';

export type Obstacle =
  | { code: 'quiet'; quiet: Quiet }
  /** Both ways are switched off. */
  | { code: 'muted' }
  /** The browser was told not to. */
  | { code: 'denied' }
  /** It was never asked. */
  | { code: 'ask' }
  /** It shows none on a page without https. */
  | { code: 'insecure' }
  /** It shows none at all. */
  | { code: 'missing' }
  /** It plays nothing before the page was touched. */
  | { code: 'untouched' }
  | { code: 'soundless' };

const SHOWING: Record<Permission, Obstacle['code'] | null> = {
  granted: null,
  denied: 'denied',
  default: 'ask',
  insecure: 'insecure',
  missing: 'missing',
};
const SOUNDING: Record<Sounds, Obstacle['code'] | null> = { ready: null, untouched: 'untouched', missing: 'soundless' };

export function obstacles(
  wishes: Wishes,
  able: { permission: Permission; sounds: Sounds },
  now: number,
  zone: string,
): Obstacle[] {
  const hush = quiet(wishes.doNotDisturb, now, zone);
  const codes = [
    !wishes.sound && !wishes.browser ? 'muted' : null,
    wishes.browser ? SHOWING[able.permission] : null,
    wishes.sound ? SOUNDING[able.sounds] : null,
  ].filter((code) => code !== null);
  return [...(hush ? [{ code: 'quiet' as const, quiet: hush }] : []), ...codes.map((code) => ({ code }) as Obstacle)];
}
