import type { Project, Session } from '../../api/types';

/** How long before a session ends by itself that is said: at most, and as a part of the quiet time. */
const SOON = 15 * 60_000;
const PART = 4;

/** When an open session ends by itself, where that is about to happen. */
export function endsSoon(
  session: Pick<Session, 'state' | 'quiet_at'>,
  project: Pick<Project, 'quiet_minutes'> | undefined,
  now: number,
): number | null {
  if (session.state !== 'open' || typeof session.quiet_at !== 'number') return null;
  const minutes = project?.quiet_minutes;
  const soon = typeof minutes === 'number' ? Math.min(SOON, (minutes * 60_000) / PART) : SOON;
  const left = session.quiet_at - now;
  // Past it something still waits to be sent, and nobody knows when it ends.
  return left > 0 && left <= soon ? session.quiet_at : null;
}
