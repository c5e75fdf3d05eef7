// Who can serve now, in words and in order. Pure.
import type { Member, Status } from '../../api/types';
import { m } from '../../paraglide/messages';

export type Colleague = Pick<Member, 'id' | 'name' | 'role' | 'status' | 'connected' | 'limit' | 'open_sessions'>;

/** A class that colours a dot. */
export const STATUS_DOTS: Record<Status, string> = { online: 'bg-ok', busy: 'bg-busy', offline: 'bg-away' };

export function statusName(status: Status): string {
  return { online: m.status_online, busy: m.status_busy, offline: m.status_offline }[status]();
}

/** "3 of 5": how many sessions somebody has, and how many diversion gives them. */
export function loadWords({ open_sessions, limit }: Pick<Colleague, 'open_sessions' | 'limit'>): string {
  return m.load_of({ open: open_sessions, limit });
}

/** Status, whether they are there, and load, in one line. */
export function standingWords(member: Colleague): string {
  // Who is offline is not expected to be connected.
  const away = member.status !== 'offline' && member.connected === false ? m.not_connected() : null;
  return [statusName(member.status), away, loadWords(member)].filter(Boolean).join(' · ');
}

const STATUS_ORDER: Record<Status, number> = { online: 0, busy: 1, offline: 2 };

/** Who can take something best comes first: online, connected, with room; then who has the least to do. */
export function byAvailability(a: Colleague, b: Colleague): number {
  const rank = (one: Colleague) => [
    STATUS_ORDER[one.status],
    Number(one.connected === false),
    Number(one.open_sessions >= one.limit),
    one.open_sessions / Math.max(1, one.limit),
  ];
  const [x, y] = [rank(a), rank(b)];
  for (const [at, value] of x.entries()) {
    const difference = value - (y[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.name.localeCompare(b.name);
}
