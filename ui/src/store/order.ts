// Which sessions belong under which tab, and in what order. Pure, so the rules can be read and tested alone.
import type { Session, Tab } from '../api/types';

export function belongs(session: Session, tab: Tab, me: string, project: string | null): boolean {
  if (project !== null && session.project_id !== project) return false;
  switch (tab) {
    case 'mine':
      return session.state === 'open' && session.assignee?.id === me;
    case 'waiting':
      return session.state === 'waiting';
    case 'all':
      return session.state !== 'ended';
  }
}

function time(session: Session, tab: Tab): number {
  return tab === 'waiting'
    ? (session.waiting_since ?? session.created_at)
    : (session.last_message_at ?? session.created_at);
}

/** Waiting: oldest first, as diversion serves them; the others: newest message first. As the server pages them. */
export function compare(a: Session, b: Session, tab: Tab): number {
  const sign = tab === 'waiting' ? 1 : -1;
  const byTime = time(a, tab) - time(b, tab);
  return sign * (byTime || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}

/**
 * The rows of a tab: what is known and belongs, in order, up to `boundary` (the last row of the pages loaded).
 * Beyond it something not loaded may stand between two rows that are.
 */
export function rowsOf(
  sessions: Iterable<Session>,
  tab: Tab,
  me: string,
  project: string | null,
  boundary: Session | null,
): Session[] {
  const rows: Session[] = [];
  for (const session of sessions) {
    if (!belongs(session, tab, me, project)) continue;
    if (boundary && compare(session, boundary, tab) > 0) continue;
    rows.push(session);
  }
  return rows.sort((a, b) => compare(a, b, tab));
}
