// What is worth a sound and a browser notification, of all that came at about the same time.
import type { Sound } from './sounds';

export interface Told {
  /** The browser shows one at a time of each. */
  tag: string;
  session: string | null;
  sound: Sound;
  title: string;
  body: string;
  /** Where a click leads. */
  place: string | null;
  /** Which ways are wanted. */
  sounds: boolean;
  shows: boolean;
}

/** A new session speaks for what its customer wrote, and of several messages in one session the last. */
export function gathered(all: readonly Told[]): Told[] {
  const fresh = new Set(all.filter((told) => told.sound === 'session').map((told) => told.session));
  const left = all.filter((told) => told.sound === 'session' || told.session === null || !fresh.has(told.session));
  return [...new Map(left.map((told) => [told.tag, told])).values()];
}

/** One sound at a time: that of a new session is the more important one. */
export function soundOf(all: readonly Told[]): Sound | null {
  const wanted = all.filter((told) => told.sounds).map((told) => told.sound);
  return wanted.includes('session') ? 'session' : (wanted[0] ?? null);
}

/** `here`: the window is in front. What is open there makes no noise; beside another session the browser shows it all the same. */
export function noticed(
  session: string | null,
  looking: { here: boolean; session: string | null },
): { sounds: boolean; shows: boolean } {
  if (!looking.here) return { sounds: true, shows: true };
  const open = session !== null && session === looking.session;
  return { sounds: !open, shows: !open && looking.session !== null };
}
