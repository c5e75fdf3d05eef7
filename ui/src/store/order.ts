// Which sessions belong in a list, and in what order: the server's rules once more, so that events keep a list right.
// Pure, so the rules can be read and tested alone.
import type { Customer, Session, Tab } from '../api/types';
import { effective, sortOf, type Filter, type Sort } from './filter';
import { asked, isFound } from './search';

/** What of a list is to be shown. */
export interface View {
  filter: Filter;
  me: string;
  /** The last row of the pages loaded; beyond it something not loaded may stand between two rows that are. */
  boundary: Session | null;
  /** The session that is open: reading it doesn't take it out of the list of what is unread. */
  open?: string | null;
  /** The customer as last heard of. */
  customerOf?: (session: Session) => Customer;
}

function underTab(session: Session, tab: Tab, me: string): boolean {
  switch (tab) {
    case 'mine':
      return session.state === 'open' && session.assignee?.id === me;
    case 'waiting':
      return session.state === 'waiting';
    case 'all':
      return session.state !== 'ended';
    case 'ended':
      return session.state === 'ended';
  }
}

function isAssigned(session: Session, assignee: string, me: string): boolean {
  if (assignee === 'none') return !session.assignee;
  return session.assignee?.id === (assignee === 'me' ? me : assignee);
}

function isTagged(session: Session, customer: Customer, tags: readonly string[]): boolean {
  return [...session.tags, ...customer.tags].some((tag) => tags.includes(tag));
}

/** The rule by which a session belongs in a list, as far as the pages reach. */
export function belonging({ filter, me, boundary, open, customerOf }: View): (session: Session) => boolean {
  const { tab, project, tags, state, assignee, unread, q } = effective(filter);
  const sort = sortOf(filter);
  const question = asked(q);
  const customer = (session: Session) => customerOf?.(session) ?? session.customer;
  return (session) =>
    underTab(session, tab, me) &&
    (project === null || session.project_id === project) &&
    (state === null || session.state === state) &&
    (assignee === null || isAssigned(session, assignee, me)) &&
    (!unread || session.unread > 0 || session.id === open) &&
    (tags.length === 0 || isTagged(session, customer(session), tags)) &&
    (boundary === null || compare(session, boundary, sort) <= 0) &&
    (q === '' || isFound(customer(session), question));
}

function time(session: Session, sort: Sort): number {
  return sort === 'longest_waiting'
    ? (session.waiting_since ?? session.created_at)
    : (session.last_message_at ?? session.created_at);
}

/** Longest waiting: oldest first, as diversion serves them; else the newest message first. As the server pages them. */
export function compare(a: Session, b: Session, sort: Sort): number {
  const sign = sort === 'longest_waiting' ? 1 : -1;
  const byTime = time(a, sort) - time(b, sort);
  return sign * (byTime || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}

/** The rows of a list: what is known and belongs, in order. */
export function rowsOf(sessions: Iterable<Session>, view: View): Session[] {
  const sort = sortOf(view.filter);
  const belongs = belonging(view);
  const rows: Session[] = [];
  for (const session of sessions) if (belongs(session)) rows.push(session);
  return rows.sort((a, b) => compare(a, b, sort));
}
