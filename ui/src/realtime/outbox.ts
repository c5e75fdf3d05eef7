// Messages on their way to the server, as the one tab that sends them holds them (outbox-tabs.ts finds which). One in
// flight per session, in order; settled by the answer or by the event, whichever is first; the client id makes a
// repeated request harmless.
import type { Failure } from '../api/failure';
import type { Message, Quote } from '../api/types';
import { backoff } from '../lib/backoff';
import type { OutboxStore } from './outbox-store';

export interface OutboxItem {
  /** The idempotency key: the server takes no second message of the same one. */
  readonly clientId: string;
  readonly sessionId: string;
  readonly customerId: string;
  readonly customerName: string;
  readonly text: string;
  readonly replyTo: Quote | null;
  /** When it was written or last confirmed, in milliseconds; the order of sending. */
  readonly at: number;
  readonly state: 'queued' | 'sending' | 'failed';
  /** Why it failed: a problem's code, or `stale` for one that asks before it goes. */
  readonly problem: string | null;
  /** Whether it survives this page. */
  readonly kept: boolean;
}

export interface OutboxOptions {
  store: OutboxStore;
  /** Resolves with the message, rejects with a {@link Failure}. */
  post: (item: OutboxItem) => Promise<Message>;
  accepted: (message: Message) => void;
  changed: (items: readonly OutboxItem[]) => void;
  failure: (error: unknown) => Failure;
  newId: () => string;
  now?: () => number;
  random?: () => number;
}

/** Milliseconds after which a message that has not gone asks first: the talk has moved on. */
export const STALE_AFTER = 10 * 60_000;

export function inOrder(items: readonly OutboxItem[]): OutboxItem[] {
  return [...items].sort((a, b) => a.at - b.at);
}

export class Outbox {
  items: readonly OutboxItem[] = [];
  private readonly flights = new Map<string, Promise<void>>();
  private readonly attempts = new Map<string, number>();
  private readonly timers = new Map<string, ReturnType<typeof setTimeout>>();
  private readonly settled = new Set<string>();
  private held = false;
  private loading = false;

  constructor(private readonly options: OutboxOptions) {}

  private get now(): number {
    return (this.options.now ?? Date.now)();
  }

  /** Takes up what an earlier page or another tab left behind; nothing goes before all of it is known. */
  async restore(unkept: readonly OutboxItem[] = []): Promise<void> {
    this.loading = true;
    const left = await this.options.store.load();
    this.loading = false;
    const known = new Set(this.items.map((item) => item.clientId));
    const found = [...left, ...unkept].filter(({ clientId }) => {
      const fresh = !known.has(clientId) && !this.settled.has(clientId);
      known.add(clientId);
      return fresh;
    });
    const queued = found.map((item): OutboxItem => (item.state === 'sending' ? { ...item, state: 'queued' } : item));
    this.replace(inOrder([...this.items, ...queued]));
    this.kick();
  }

  /** Takes on a message that its tab has already put into the store. */
  adopt(item: OutboxItem): void {
    if (this.settled.has(item.clientId) || this.items.some((one) => one.clientId === item.clientId)) return;
    this.replace(inOrder([...this.items, item]));
    this.pump(item.sessionId);
  }

  settleAll(messages: readonly Message[]): void {
    if (this.items.length === 0) return;
    this.drop(messages.flatMap((message) => message.client_id ?? []));
  }

  /** Sends again what failed or asked, in the order it was written; now is when it counts as written. */
  retry(clientIds: readonly string[]): void {
    let at = this.items.at(-1)?.at ?? 0;
    for (const item of this.items) {
      if (item.state !== 'failed' || !clientIds.includes(item.clientId)) continue;
      at = Math.max(this.now, at + 1);
      // An id that belongs to another message can't be used again: this one needs its own.
      const clientId = item.problem === 'idempotency_conflict' ? this.options.newId() : item.clientId;
      if (clientId !== item.clientId) void this.options.store.remove([item.clientId]);
      this.update(item.clientId, { clientId, at, state: 'queued', problem: null });
    }
    this.replace(inOrder(this.items));
    this.kick();
  }

  /** Lets messages go unsent. */
  discard(clientIds: readonly string[]): void {
    this.drop(clientIds);
  }

  /** The line is back: no use in waiting for the timers. */
  kick(): void {
    this.clearTimers();
    for (const session of new Set(this.items.map((item) => item.sessionId))) this.pump(session);
  }

  /** Sends nothing more; everything stays where it is. */
  hold(): void {
    this.held = true;
    this.clearTimers();
  }

  /** Once every request under way has its answer. */
  async idle(): Promise<void> {
    await Promise.all(this.flights.values());
  }

  private clearTimers(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
  }

  private pump(sessionId: string): void {
    if (this.held || this.loading || this.flights.has(sessionId) || this.timers.has(sessionId)) return;
    const queue = this.items.filter((item) => item.sessionId === sessionId && item.state === 'queued');
    const next = queue[0];
    if (!next) return;
    if (this.now - next.at > STALE_AFTER) {
      // What was written after it asks along with it: answers must not stand before what they follow.
      for (const { clientId } of queue) this.update(clientId, { state: 'failed', problem: 'stale' });
      return;
    }
    this.flights.set(sessionId, this.deliver(next));
  }

  private async deliver(item: OutboxItem): Promise<void> {
    const { clientId, sessionId } = item;
    this.update(clientId, { state: 'sending' });
    try {
      const message = await this.options.post(item);
      this.attempts.delete(sessionId);
      this.options.accepted(message);
      this.drop([clientId]);
    } catch (error) {
      this.refused(item, this.options.failure(error));
    } finally {
      this.flights.delete(sessionId);
    }
    this.pump(sessionId);
  }

  private refused(item: OutboxItem, failure: Failure): void {
    if (failure.signedOut) {
      this.update(item.clientId, { state: 'queued' });
      this.hold();
    } else if (failure.transient) {
      this.update(item.clientId, { state: 'queued' });
      const attempt = this.attempts.get(item.sessionId) ?? 0;
      this.attempts.set(item.sessionId, attempt + 1);
      const wait = Math.max(backoff(attempt, this.options.random), (failure.retryAfter ?? 0) * 1000);
      if (this.held) return;
      this.timers.set(
        item.sessionId,
        setTimeout(() => {
          this.timers.delete(item.sessionId);
          this.pump(item.sessionId);
        }, wait),
      );
    } else {
      this.attempts.delete(item.sessionId);
      this.update(item.clientId, { state: 'failed', problem: failure.code });
    }
  }

  private update(clientId: string, change: Partial<OutboxItem>): void {
    const item = this.items.find((one) => one.clientId === clientId);
    if (!item) return;
    const next = { ...item, ...change };
    // Queued and under way are one to whoever finds it later. One that is held writes nothing: it may have been wiped meanwhile.
    if (!this.held && (next.state === 'failed') !== (item.state === 'failed')) void this.options.store.save(next);
    this.replace(this.items.map((one) => (one === item ? next : one)));
  }

  private drop(clientIds: readonly string[]): void {
    const gone = this.items.filter((item) => clientIds.includes(item.clientId)).map((item) => item.clientId);
    if (gone.length === 0) return;
    for (const id of gone) this.settled.add(id);
    void this.options.store.remove(gone);
    this.replace(this.items.filter((item) => !gone.includes(item.clientId)));
  }

  private replace(items: readonly OutboxItem[]): void {
    this.items = items;
    this.options.changed(items);
  }
}
