// The lists that a member has saved under a name.
import { addView, changeView, listViews, removeView, type SavedView } from '../api/views';
import { TABS } from '../api/types';
import { effective, keyOf, type Filter } from './filter';

/**
 * What a view lists; what it doesn't say is not narrowed. A project that is not seen any more is left out, and so is the
 * state of being over: the API can save it, but there is a tab for that.
 */
export function filterOf(view: SavedView, seen: (project: string) => boolean): Filter {
  const { tab, project, tags, state, assignee, unread, q, sort } = view.filters;
  return {
    tab: TABS.find((one) => one === tab) ?? 'all',
    project: project && seen(project) ? project : null,
    tags: tags ?? [],
    state: state && state !== 'ended' ? state : null,
    assignee: assignee ?? null,
    unread: unread ?? false,
    q: q ?? '',
    sort: sort ?? null,
  };
}

class Views {
  items = $state.raw<readonly SavedView[]>([]);
  state = $state<'empty' | 'ready'>('empty');

  async load(): Promise<void> {
    this.put(await listViews());
    this.state = 'ready';
  }

  async save(name: string, filter: Filter): Promise<void> {
    const view = await addView(name, effective(filter));
    this.put([...this.items, view]);
  }

  async change(view: SavedView, change: { name?: string; filters?: Filter }): Promise<void> {
    const filters = change.filters && effective(change.filters);
    const changed = await changeView(view, { ...change, ...(filters && { filters }) });
    this.put(this.items.map((one) => (one.id === view.id ? changed : one)));
  }

  async remove(view: SavedView): Promise<void> {
    await removeView(view);
    this.items = this.items.filter((one) => one.id !== view.id);
  }

  /** The view that lists exactly this. */
  like(filter: Filter): SavedView | undefined {
    const key = keyOf(filter);
    return this.items.find((view) => keyOf(filterOf(view, () => true)) === key);
  }

  private put(items: readonly SavedView[]): void {
    this.items = [...items].sort((a, b) => a.position - b.position);
  }
}

export const views = new Views();
