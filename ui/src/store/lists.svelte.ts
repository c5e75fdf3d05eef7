// The session lists: one per tab and project, each knowing how far it was loaded. The rows come from what is known.
import { listSessions } from '../api/desk';
import { asFailure, type Failure } from '../api/failure';
import type { Session, Tab } from '../api/types';
import { entities } from './entities.svelte';

export class List {
  state = $state<'empty' | 'loading' | 'ready' | 'failed'>('empty');
  failure = $state.raw<Failure | null>(null);
  /** The last row of the pages loaded; null once everything is. */
  boundary = $state.raw<Session | null>(null);
  /** The sessions of the pages loaded, whatever became of them since. */
  loadedIds: readonly string[] = [];
  private next: string | null = null;
  private running: Promise<string | null> | null = null;
  private round = 0;

  constructor(
    private readonly tab: Tab,
    private readonly project: string | null,
  ) {}

  get complete(): boolean {
    return this.state === 'ready' && this.boundary === null;
  }

  /** The first page; answers with the event cursor it is as of. */
  load(): Promise<string | null> {
    this.running ??= this.fetch(null);
    return this.running;
  }

  more(): void {
    if (this.state !== 'ready' || this.next === null || this.running) return;
    this.running = this.fetch(this.next);
    // Scrolling on asks again.
    this.running.catch(() => undefined);
  }

  /** To be loaded again when next looked at, rows shown meanwhile. */
  outdate(): void {
    this.round += 1;
    this.running = null;
    this.next = null;
    if (this.state !== 'ready') this.state = 'empty';
  }

  /** Nothing of it is known any more. */
  reset(): void {
    this.outdate();
    this.boundary = null;
    this.loadedIds = [];
    this.state = 'empty';
  }

  private async fetch(cursor: string | null): Promise<string | null> {
    const round = this.round;
    if (cursor === null && this.state !== 'ready') this.state = 'loading';
    try {
      const page = await listSessions(this.tab, this.project, cursor);
      if (round !== this.round) return page.as_of ?? null;
      entities.putSessions(page.items);
      const ids = page.items.map((session) => session.id);
      this.loadedIds = cursor === null ? ids : [...this.loadedIds, ...ids];
      this.next = page.next ?? null;
      this.boundary = this.next === null ? null : (page.items[page.items.length - 1] ?? null);
      this.failure = null;
      this.state = 'ready';
      return page.as_of ?? null;
    } catch (error) {
      if (round === this.round) {
        this.failure = asFailure(error);
        // A page further down that failed is asked for again by scrolling; the rows stay.
        if (cursor === null && this.state !== 'ready') this.state = 'failed';
      }
      throw error;
    } finally {
      if (round === this.round) this.running = null;
    }
  }
}

class Lists {
  private readonly all = new Map<string, List>();

  get(tab: Tab, project: string | null): List {
    const key = `${tab} ${project ?? ''}`;
    let list = this.all.get(key);
    if (!list) {
      list = new List(tab, project);
      this.all.set(key, list);
    }
    return list;
  }

  /** Nothing loaded counts any more, but what is shown stays until the new page is in. */
  outdate(): void {
    for (const list of this.all.values()) list.outdate();
  }

  /** Every list but this one is loaded afresh when next looked at. */
  reset(kept: List): void {
    for (const list of this.all.values()) if (list !== kept) list.reset();
  }

  clear(): void {
    // Pages still under way belong to whoever was signed in.
    for (const list of this.all.values()) list.reset();
    this.all.clear();
  }
}

export const lists = new Lists();
