// Where a person may be, as a pure rule.
import type { Site } from '../api/types';
import type { Phase } from '../store/account.svelte';

/** `open`: for everybody, signed in or not. */
export type Place = 'entry' | 'setup' | 'inside' | 'open';

export function placeOf(path: string): Place {
  if (path === '/setup') return 'setup';
  if (path === '/invitation') return 'open';
  if (path === '/' || path === '/login' || path.startsWith('/w/')) return 'entry';
  return 'inside';
}

export interface Standing {
  path: string;
  phase: Phase;
  site: Site | null;
  /** The workspace last signed in to on this browser. */
  lastSlug: string | null;
}

/** Where to go instead; null: this place is right. */
export function redirect({ path, phase, site, lastSlug }: Standing): string | null {
  const place = placeOf(path);
  if (phase === 'signed_in') {
    if (place === 'inside' || place === 'open') return null;
    // Whoever has just set Teledesk up goes on with its first steps.
    return place === 'setup' ? '/welcome' : '/inbox';
  }
  if (phase !== 'signed_out') return null;
  if (site?.setup_needed) return place === 'setup' ? null : '/setup';
  if (place === 'open') return null;
  if (place === 'entry') return path === '/' && site && !site.workspace ? '/login' : null;
  return lastSlug ? `/w/${lastSlug}` : '/';
}
