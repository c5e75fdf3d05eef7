// What the list of agents shows; kept while one of them is looked at.
import { listAccounts, type Account, type AccountQuery, type AccountSort } from '../../api/members';
import { entities } from '../../store/entities.svelte';
import { Paged } from '../../store/paged.svelte';
import type { Sorting } from '../../ui/table';

class Agents {
  query = $state.raw<AccountQuery>({ q: '', role: '', state: '', project: '', sort: 'name', reverse: false });
  readonly list = new Paged<Account>((cursor) => listAccounts(this.query, cursor));
  /** With what events have told since: status, load and the like are never older than the inbox's. */
  readonly shown = $derived(this.list.items.flatMap((account) => current(account)));

  get filtered(): boolean {
    const { q, role, state, project } = this.query;
    return Boolean(q || role || state || project);
  }

  ask(change: Partial<AccountQuery>): void {
    this.query = { ...this.query, ...change };
    void this.list.load();
  }

  clear(): void {
    this.ask({ q: '', role: '', state: '', project: '' });
  }

  /** As the headings show it: whoever was seen last comes first of itself. */
  get sorting(): Sorting {
    const { sort, reverse } = this.query;
    return { by: sort, down: (sort === 'last_seen') !== reverse };
  }

  /** By another column, or by the same one the other way round. */
  sort(by: string): void {
    this.ask({ sort: by as AccountSort, reverse: by === this.query.sort && !this.query.reverse });
  }
}

/** The account as last heard of; none when it was deleted meanwhile. */
export function current(account: Account): Account[] {
  const told = entities.members.get(account.id);
  const newer = told && told.version >= account.version ? { ...account, ...told } : account;
  return newer.state === 'deleted' ? [] : [newer];
}

export const agents = new Agents();
