// What a session list is narrowed to, apart from its tab and project. Pure: the words of the API, keys, comparisons.
import type { SessionQuery, Tab } from '../api/types';

export type Sort = NonNullable<SessionQuery['sort']>;

export interface Narrowing {
  /** Any of these tags, on the session or on its customer. */
  tags: readonly string[];
  state: 'waiting' | 'open' | null;
  /** `me`, `none`, or a colleague's id. */
  assignee: string | null;
  unread: boolean;
  /** A customer's name, username or Telegram id. */
  q: string;
  /** Null: as the tab is sorted. */
  sort: Sort | null;
}

export interface Filter extends Narrowing {
  tab: Tab;
  project: string | null;
}

export const NOTHING: Narrowing = { tags: [], state: null, assignee: null, unread: false, q: '', sort: null };

/** As far as it means anything under its tab: who waits has no assignee, and mine are open. */
export function effective(filter: Filter): Filter {
  const { tab } = filter;
  const sort = filter.sort === usualSort(tab) ? null : filter.sort;
  return {
    ...filter,
    tags: [...filter.tags].sort(),
    state: tab === 'all' ? filter.state : null,
    assignee: tab === 'all' || tab === 'ended' ? filter.assignee : null,
    unread: tab === 'ended' ? false : filter.unread,
    q: filter.q.trim(),
    // Nobody waits any more for what is over.
    sort: tab === 'ended' ? null : sort,
  };
}

function usualSort(tab: Tab): Sort {
  return tab === 'waiting' ? 'longest_waiting' : 'last_message';
}

export function sortOf(filter: Filter): Sort {
  return effective(filter).sort ?? usualSort(filter.tab);
}

/** As `GET /api/sessions` asks for it; what is left out is not narrowed. */
export function queryOf(filter: Filter): SessionQuery {
  const { tab, project, tags, state, assignee, unread, q, sort } = effective(filter);
  return {
    tab,
    ...(project !== null && { project }),
    ...(tags.length > 0 && { tags: tags.join(',') }),
    ...(state !== null && { state }),
    ...(assignee !== null && { assignee }),
    ...(unread && { unread }),
    ...(q !== '' && { q }),
    ...(sort !== null && { sort }),
  };
}

/** The same for filters that list the same. */
export function keyOf(filter: Filter): string {
  return JSON.stringify(Object.entries(queryOf(filter)).sort());
}

/** How many things it is narrowed by; the search has a field of its own and is not among them. */
export function narrowings(filter: Filter): number {
  const { tags, state, assignee, unread } = effective(filter);
  return tags.length + Number(state !== null) + Number(assignee !== null) + Number(unread);
}
