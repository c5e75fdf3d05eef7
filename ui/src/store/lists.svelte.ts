// The session lists: one per filter, each knowing how far it was loaded. The rows come from what is known.
import { listSessions } from '../api/desk';
import { asFailure, type Failure } from '../api/failure';
import type { Session } from '../api/types';
import { entities } from './entities.svelte';
import { keyOf, queryOf, type Filter } from './filter';
import { belonging } from './order';

/** Each search makes a list; so many of the last ones are kept. */
const KEPT = 16;

/** Counts the logins: pages still under way belong to whoever was signed in. */
let login = 0;

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

  constructor(readonly filter: Filter) {}

  get complete(): boolean {
    return this.state === 'ready' && this.boundary === null;
  }

  /** Whether an event about this session changes what it shows, or may: a page under way can be older than the event. */
  wants(session: Session, me: string): boolean {
    if (this.running) return true;
    return this.state === 'ready' && belonging({ filter: this.filter, me, boundary: this.boundary })(session);
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
    const [round, mine] = [this.round, login];
    if (cursor === null && this.state !== 'ready') this.state = 'loading';
    try {
      const page = await listSessions(queryOf(this.filter), cursor);
      if (round !== this.round || mine !== login) return page.as_of ?? null;
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

  get(filter: Filter): List {
    const key = keyOf(filter);
    const list = this.all.get(key) ?? new List(filter);
    // In the order of use: the first is the one to let go.
    this.all.delete(key);
    this.all.set(key, list);
    for (const oldest of this.all.keys()) {
      if (this.all.size <= KEPT) break;
      this.all.delete(oldest);
    }
    return list;
  }

  /** Whether some list has to know this session. */
  want(session: Session, me: string): boolean {
    for (const list of this.all.values()) if (list.wants(session, me)) return true;
    return false;
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
    login += 1;
    for (const list of this.all.values()) list.reset();
    this.all.clear();
  }
}

export const lists = new Lists();
