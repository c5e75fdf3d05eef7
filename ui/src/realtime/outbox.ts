// Messages on their way to the server. One in flight per session, in order; settled by the answer or by the event,
// whichever is first; the client id makes a repeated request harmless.
import type { Failure } from '../api/failure';
import type { Message, Quote } from '../api/types';
import { backoff } from '../lib/backoff';

export interface OutboxItem {
  readonly clientId: string;
  readonly sessionId: string;
  readonly customerId: string;
  readonly text: string;
  readonly replyTo: Quote | null;
  readonly at: number;
  readonly state: 'queued' | 'sending' | 'failed';
  /** Why it failed: a problem's code, or `stale` for one found long after it was written. */
  readonly problem: string | null;
}

export interface OutboxStore {
  load: () => OutboxItem[];
  save: (item: OutboxItem) => void;
  remove: (clientId: string) => void;
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

/** Found older than this after a reload, a message asks before it goes: the talk has moved on. */
export const STALE_AFTER = 15 * 60_000;

export class Outbox {
  private items: OutboxItem[] = [];
  private readonly inFlight = new Set<string>();
  private readonly attempts = new Map<string, number>();
  private readonly timers = new Map<string, ReturnType<typeof setTimeout>>();
  private held = false;

  constructor(private readonly options: OutboxOptions) {}

  private get now(): number {
    return (this.options.now ?? Date.now)();
  }

  /** Takes up what an earlier page left behind. */
  restore(): void {
    const left = this.options.store.load().sort((a, b) => a.at - b.at);
    this.items = left.map((item) => {
      if (item.state === 'failed') return item;
      const stale = this.now - item.at > STALE_AFTER;
      return { ...item, state: stale ? 'failed' : 'queued', problem: stale ? 'stale' : null };
    });
    this.options.changed(this.items);
    this.kick();
  }

  add(item: Omit<OutboxItem, 'state' | 'problem' | 'at'>): void {
    const last = this.items[this.items.length - 1];
    // Two in one millisecond, or a clock set back, must not change places after a reload.
    const at = Math.max(this.now, (last?.at ?? 0) + 1);
    const queued: OutboxItem = { ...item, at, state: 'queued', problem: null };
    this.items = [...this.items, queued];
    this.options.store.save(queued);
    this.options.changed(this.items);
    this.pump(item.sessionId);
  }

  /** The server has it, whoever said so first. */
  settle(clientId: string): void {
    if (!this.items.some((item) => item.clientId === clientId)) return;
    this.drop(clientId);
  }

  settleAll(messages: readonly Message[]): void {
    if (this.items.length === 0) return;
    for (const message of messages) if (message.client_id) this.settle(message.client_id);
  }

  retry(clientId: string): void {
    const item = this.items.find((one) => one.clientId === clientId);
    if (!item || item.state !== 'failed') return;
    if (item.problem === 'idempotency_conflict') {
      // That id belongs to another message: this one needs its own.
      const fresh: OutboxItem = { ...item, clientId: this.options.newId(), state: 'queued', problem: null };
      this.options.store.remove(clientId);
      this.options.store.save(fresh);
      this.items = this.items.map((one) => (one.clientId === clientId ? fresh : one));
      this.options.changed(this.items);
    } else {
      this.update(clientId, { state: 'queued', problem: null });
    }
    this.pump(item.sessionId);
  }

  discard(clientId: string): void {
    this.drop(clientId);
  }

  /** The line is back: no use in waiting for the timers. */
  kick(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
    for (const session of new Set(this.items.map((item) => item.sessionId))) this.pump(session);
  }

  /** Signed out: everything stays where it is until somebody signs in again. */
  hold(): void {
    this.held = true;
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
  }

  private pump(sessionId: string): void {
    if (this.held || this.inFlight.has(sessionId) || this.timers.has(sessionId)) return;
    const next = this.items.find((item) => item.sessionId === sessionId && item.state !== 'failed');
    if (next) void this.deliver(next);
  }

  private async deliver(item: OutboxItem): Promise<void> {
    const { clientId, sessionId } = item;
    this.inFlight.add(sessionId);
    this.update(clientId, { state: 'sending' });
    try {
      const message = await this.options.post(item);
      this.attempts.delete(sessionId);
      this.options.accepted(message);
      this.settle(clientId);
    } catch (error) {
      this.refused(item, this.options.failure(error));
    } finally {
      this.inFlight.delete(sessionId);
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
    this.items = this.items.map((item) => (item.clientId === clientId ? { ...item, ...change } : item));
    const item = this.items.find((one) => one.clientId === clientId);
    if (item) this.options.store.save(item);
    this.options.changed(this.items);
  }

  private drop(clientId: string): void {
    this.items = this.items.filter((item) => item.clientId !== clientId);
    this.options.store.remove(clientId);
    this.options.changed(this.items);
  }
}
