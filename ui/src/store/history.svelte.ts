// What was said: a slice per customer that always reaches the newest message and grows upwards.
import { listMessages } from '../api/desk';
import { asFailure, type Failure } from '../api/failure';
import type { Message } from '../api/types';

const PAGE = 60;
const KEPT_SLICES = 12;

/** `known` with `items` in their places, the newer copy of each; the same array when nothing changed. */
export function placed(known: readonly Message[], items: readonly Message[]): readonly Message[] {
  const byId = new Map(known.map((message) => [message.id, message]));
  let changed = false;
  for (const item of items) {
    const current = byId.get(item.id);
    if (current && current.version >= item.version) continue;
    byId.set(item.id, item);
    changed = true;
  }
  return changed ? [...byId.values()].sort((a, b) => a.position - b.position) : known;
}

export class Slice {
  messages = $state.raw<readonly Message[]>([]);
  state = $state<'empty' | 'loading' | 'ready' | 'failed'>('empty');
  more = $state(false);
  loadingOlder = $state(false);
  olderFailed = $state(false);
  failure = $state.raw<Failure | null>(null);
  private round = 0;
  private page = Promise.resolve();
  // Events that came while the first page was on its way: they may be newer than it.
  private early: Message[] = [];

  constructor(readonly customerId: string) {}

  put(messages: readonly Message[]): void {
    if (this.state === 'ready') {
      // What is older than everything held belongs to a page not loaded yet.
      const floor = this.more ? (this.messages[0]?.position ?? 0) : -Infinity;
      this.messages = placed(
        this.messages,
        messages.filter((message) => message.position >= floor),
      );
    } else {
      this.early.push(...messages);
    }
  }

  /** The newest page; what was shown stays until it is in, and is then replaced: there may be a gap between. */
  async load(): Promise<readonly Message[]> {
    const round = (this.round += 1);
    const refresh = this.state === 'ready';
    this.state = refresh ? 'ready' : 'loading';
    if (!refresh) this.early = [];
    try {
      const page = await listMessages(this.customerId, { limit: PAGE });
      if (round !== this.round) return [];
      const newer = refresh
        ? this.messages.filter((message) => message.position >= (page.items[0]?.position ?? 0))
        : [];
      this.more = page.more;
      this.messages = placed(placed(page.items, newer), this.early);
      this.early = [];
      this.failure = null;
      this.state = 'ready';
      return this.messages;
    } catch (error) {
      if (round !== this.round) return [];
      this.failure = asFailure(error);
      if (!refresh) this.state = 'failed';
      return [];
    }
  }

  older(limit = PAGE): Promise<void> {
    const first = this.messages[0];
    if (!first || !this.more || this.state !== 'ready') return Promise.resolve();
    // Whoever asks meanwhile waits for the page that is on its way.
    if (!this.loadingOlder) this.page = this.loadOlder(first.position, limit);
    return this.page;
  }

  private async loadOlder(before: number, limit: number): Promise<void> {
    const round = this.round;
    this.loadingOlder = true;
    this.olderFailed = false;
    try {
      const page = await listMessages(this.customerId, { before, limit });
      if (round !== this.round) return;
      this.more = page.more;
      this.messages = placed(this.messages, page.items);
    } catch {
      this.olderFailed = true;
    } finally {
      this.loadingOlder = false;
    }
  }
}

class Histories {
  // In the order of use: the first is the one to let go.
  private readonly slices = new Map<string, Slice>();

  /** The slice of a customer, made when there is none; the least used ones are let go. */
  open(customerId: string): Slice {
    const slice = this.slices.get(customerId) ?? new Slice(customerId);
    this.slices.delete(customerId);
    this.slices.set(customerId, slice);
    for (const id of this.slices.keys()) {
      if (this.slices.size <= KEPT_SLICES) break;
      this.slices.delete(id);
    }
    return slice;
  }

  put(messages: readonly Message[]): void {
    for (const [customerId, group] of grouped(messages)) this.slices.get(customerId)?.put(group);
  }

  forget(customerIds: readonly string[]): void {
    for (const id of customerIds) this.slices.delete(id);
  }

  /** Lets every slice but one go: after a gap none but the reloaded one can be trusted. */
  keepOnly(customerId: string | null): void {
    for (const id of this.slices.keys()) if (id !== customerId) this.slices.delete(id);
  }

  clear(): void {
    this.slices.clear();
  }
}

function grouped(messages: readonly Message[]): Map<string, Message[]> {
  const groups = new Map<string, Message[]>();
  for (const message of messages) {
    const group = groups.get(message.customer_id);
    if (group) group.push(message);
    else groups.set(message.customer_id, [message]);
  }
  return groups;
}

export const histories = new Histories();
