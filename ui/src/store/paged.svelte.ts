// A list that the server gives page by page.
import { asFailure, type Failure } from '../api/failure';

export interface Answer<T> {
  items: readonly T[];
  next?: string | null;
  total?: number;
}

export class Paged<T> {
  items = $state.raw<readonly T[]>([]);
  state = $state<'empty' | 'loading' | 'full' | 'failed'>('empty');
  failure = $state.raw<Failure | null>(null);
  /** Where the next page begins; null: there is none. */
  next = $state<string | null>(null);
  total = $state<number | null>(null);

  /** Counts what was asked, so that an answer that was overtaken changes nothing. */
  private runs = 0;

  constructor(private readonly ask: (cursor: string | null) => Promise<Answer<T>>) {}

  /** The first page anew; what is shown stays until it is here. */
  load(): Promise<void> {
    return this.fetch(null);
  }

  async more(): Promise<void> {
    if (this.next !== null && this.state !== 'loading') await this.fetch(this.next);
  }

  private async fetch(cursor: string | null): Promise<void> {
    const run = (this.runs += 1);
    this.state = 'loading';
    this.failure = null;
    try {
      const answer = await this.ask(cursor);
      if (run !== this.runs) return;
      this.items = cursor === null ? answer.items : [...this.items, ...answer.items];
      this.next = answer.next ?? null;
      this.total = answer.total ?? null;
      this.state = 'full';
    } catch (error) {
      if (run !== this.runs) return;
      this.failure = asFailure(error);
      this.state = 'failed';
    }
  }
}
