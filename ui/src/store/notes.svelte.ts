// Private notes: a list per customer whose chat was opened, kept current by events.
import { listNotes } from '../api/notes';
import { asFailure, type Failure } from '../api/failure';
import type { Note } from '../api/types';

const KEPT_LISTS = 12;

/** Pinned ones first, then the newest, as the server pages them. */
export function inNoteOrder(a: Note, b: Note): number {
  if (a.pinned !== b.pinned) return a.pinned ? -1 : 1;
  return b.at - a.at || (a.id < b.id ? 1 : -1);
}

/** `known` with the newer copy of each of `heard`; those that were deleted are gone. */
export function withNotes(known: readonly Note[], heard: readonly Note[]): readonly Note[] {
  const byId = new Map(known.map((note) => [note.id, note]));
  for (const note of heard) {
    const current = byId.get(note.id);
    if (!current || note.version >= current.version) byId.set(note.id, note);
  }
  return [...byId.values()].filter(({ deleted }) => !deleted).sort(inNoteOrder);
}

export class NoteList {
  items = $state.raw<readonly Note[]>([]);
  state = $state<'empty' | 'loading' | 'ready' | 'failed'>('empty');
  failure = $state.raw<Failure | null>(null);
  /** Where the next page begins; null: there is none. */
  next = $state<string | null>(null);
  private runs = 0;
  /** Those heard of: an answer that was under way may be older. */
  private heard: readonly Note[] = [];

  constructor(readonly customerId: string) {}

  get pinned(): Note | undefined {
    return this.items[0]?.pinned ? this.items[0] : undefined;
  }

  put(notes: readonly Note[]): void {
    this.heard = [...this.heard, ...notes];
    if (this.state === 'ready') this.items = withNotes(this.items, notes);
  }

  load(): Promise<void> {
    return this.fetch(null);
  }

  async more(): Promise<void> {
    if (this.next !== null) await this.fetch(this.next);
  }

  private async fetch(cursor: string | null): Promise<void> {
    const run = (this.runs += 1);
    if (cursor === null && this.state !== 'ready') this.state = 'loading';
    this.failure = null;
    try {
      const page = await listNotes(this.customerId, cursor);
      if (run !== this.runs) return;
      const known = cursor === null ? [] : this.items;
      this.items = withNotes(withNotes(known, page.items), this.heard);
      this.next = page.next ?? null;
      this.state = 'ready';
    } catch (error) {
      if (run !== this.runs) return;
      this.failure = asFailure(error);
      if (this.state !== 'ready') this.state = 'failed';
    }
  }
}

class Notes {
  /** Somebody wants to see or write them: the region of the customer follows. */
  wanted = $state(false);
  private readonly lists = new Map<string, NoteList>();
  /** What was begun, by customer; it lives as long as the page. */
  private readonly begun = new Map<string, string>();

  /** The list of a customer, made when there is none; the least used ones are let go. */
  of(customerId: string): NoteList {
    const list = this.lists.get(customerId) ?? new NoteList(customerId);
    this.lists.delete(customerId);
    this.lists.set(customerId, list);
    for (const id of this.lists.keys()) {
      if (this.lists.size <= KEPT_LISTS) break;
      this.lists.delete(id);
    }
    return list;
  }

  put(notes: readonly Note[]): void {
    for (const note of notes) this.lists.get(note.customer_id)?.put([note]);
  }

  /** After a gap in the events nothing held can be trusted. */
  outdate(): void {
    for (const list of this.lists.values()) if (list.state === 'ready') void list.load();
  }

  draft(customerId: string): string {
    return this.begun.get(customerId) ?? '';
  }

  begin(customerId: string, text: string): void {
    if (text === '') this.begun.delete(customerId);
    else this.begun.set(customerId, text);
  }

  forget(customerIds: readonly string[]): void {
    for (const id of customerIds) {
      this.lists.delete(id);
      this.begun.delete(id);
    }
  }

  clear(): void {
    this.lists.clear();
    this.begun.clear();
  }
}

export const notes = new Notes();
