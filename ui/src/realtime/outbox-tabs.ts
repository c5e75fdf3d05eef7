// One outbox for all tabs of a login: exactly one of them sends, the others hand it what they have and show what it
// says. A lock finds the one; it goes to another tab when that one ends, and is taken from one that does not answer (a
// phone puts pages to sleep). Two that send at once, for a moment or because the browser has no locks, do no harm: the
// server takes each client id once.
import type { Message } from '../api/types';
import { inOrder, Outbox, type OutboxItem, type OutboxOptions } from './outbox';

type Word =
  | { type: 'add'; item: OutboxItem }
  | { type: 'taken'; id: string }
  | { type: 'retry' | 'discard' | 'gone'; ids: readonly string[] }
  | { type: 'ask' }
  | { type: 'state'; items: readonly OutboxItem[] };

/** The part of a BroadcastChannel used here. */
export interface Channel {
  onmessage: ((message: MessageEvent) => void) | null;
  postMessage: (word: unknown) => void;
  close: () => void;
}

/** The part of `navigator.locks` used here. */
export interface Locks {
  request: (name: string, options: LockOptions, work: () => Promise<void> | undefined) => Promise<unknown>;
}

export interface SharedOptions extends OutboxOptions {
  /** The lock's name. */
  name: string;
  /** Missing on plain http beyond loopback: then each tab sends what it has. */
  locks: Locks | null;
  channel: Channel | null;
}

export type NewItem = Pick<OutboxItem, 'sessionId' | 'customerId' | 'customerName' | 'text' | 'replyTo'>;

/** Milliseconds in which the tab that sends has to answer before another takes its place. */
export const ANSWER_WITHIN = 4_000;

export class SharedOutbox {
  private sender: Outbox | null = null;
  private mirror: readonly OutboxItem[] = [];
  /** Written here and not yet taken on by the tab that sends; `ready` once it is in the store. */
  private readonly handing = new Map<string, { item: OutboxItem; ready: boolean }>();
  private saving: Promise<void> = Promise.resolve();
  private waiting = new AbortController();
  private release: (() => void) | undefined;
  private patience: ReturnType<typeof setTimeout> | undefined;
  private ended = false;
  private latest = 0;

  constructor(private readonly options: SharedOptions) {}

  start(): void {
    const { channel, locks } = this.options;
    if (channel) channel.onmessage = (message) => this.hear(message.data as Word);
    if (locks && channel) {
      this.request(false);
      this.ask();
    } else {
      this.become();
    }
  }

  get items(): readonly OutboxItem[] {
    const list = this.sender?.items ?? this.mirror;
    const known = new Set(list.map((item) => item.clientId));
    const own = [...this.handing.values()].map(({ item }) => item).filter((item) => !known.has(item.clientId));
    return own.length === 0 ? list : inOrder([...list, ...own]);
  }

  /** Shown at once, in the store before it goes. */
  add(draft: NewItem): void {
    // Two in one millisecond, or a clock set back, must not change places.
    const at = Math.max((this.options.now ?? Date.now)(), this.latest + 1, (this.items.at(-1)?.at ?? 0) + 1);
    this.latest = at;
    const item: OutboxItem = {
      ...draft,
      clientId: this.options.newId(),
      at,
      state: 'queued',
      problem: null,
      kept: true,
    };
    this.handing.set(item.clientId, { item, ready: false });
    this.show();
    // One after the other: a second that is kept sooner must not go first.
    this.saving = this.saving.then(async () => {
      const kept = await this.options.store.save(item);
      if (!this.handing.has(item.clientId)) return;
      this.handing.set(item.clientId, { item: { ...item, kept }, ready: true });
      if (!kept) this.show();
      this.handOver();
    });
  }

  retry(ids: readonly string[]): void {
    if (this.sender) this.sender.retry(ids);
    else this.demand({ type: 'retry', ids });
  }

  discard(ids: readonly string[]): void {
    if (this.sender) this.sender.discard(ids);
    else this.demand({ type: 'discard', ids });
    if (!this.options.locks) this.say({ type: 'gone', ids });
  }

  /** The server has these, whoever said so first. */
  settleAll(messages: readonly Message[]): void {
    const ids = new Set(messages.flatMap((message) => message.client_id ?? []));
    if (ids.size === 0) return;
    this.sender?.settleAll(messages);
    const left = this.mirror.filter((item) => !ids.has(item.clientId));
    if (left.length === this.mirror.length) return;
    this.mirror = left;
    if (!this.sender) this.show();
  }

  /** The line is back. */
  kick(): void {
    if (this.sender) this.sender.kick();
    else this.ask();
  }

  /** Signed out: everything stays where it is until somebody signs in again. Resolves once all of it is in the store. */
  async hold(): Promise<void> {
    if (!this.ended) {
      this.ended = true;
      this.waiting.abort();
      clearTimeout(this.patience);
      this.sender?.hold();
      this.release?.();
      this.options.channel?.close();
    }
    await this.saving;
  }

  /** Thrown out: sends nothing more, and gives what had not gone to `take`, oldest first, instead of keeping it. */
  async surrender(take: (items: readonly OutboxItem[]) => void): Promise<void> {
    this.sender?.hold();
    this.waiting.abort();
    await this.saving;
    await this.sender?.idle();
    const left = this.sender ? this.items : [...this.handing.values()].map(({ item }) => item);
    if (left.length > 0 && !this.ended) {
      take(left);
      await this.drop(left);
    }
    await this.hold();
  }

  /** Signed out by hand: nothing stays behind. */
  async wipe(): Promise<void> {
    this.sender?.hold();
    await this.saving;
    await this.drop(this.items);
    await this.options.store.clear();
    await this.hold();
  }

  private async drop(items: readonly OutboxItem[]): Promise<void> {
    const ids = items.map((item) => item.clientId);
    for (const id of ids) this.handing.delete(id);
    await this.options.store.remove(ids);
    this.sender?.discard(ids);
  }

  private show(): void {
    if (!this.ended) this.options.changed(this.items);
  }

  private say(word: Word): void {
    if (!this.ended) this.options.channel?.postMessage(word);
  }

  private request(steal: boolean): void {
    this.waiting.abort();
    const waiting = (this.waiting = new AbortController());
    const serve = () => {
      if (this.ended || waiting.signal.aborted) return undefined;
      this.become();
      return new Promise<void>((resolve) => (this.release = resolve));
    };
    this.options.locks?.request(this.options.name, steal ? { steal } : { signal: waiting.signal }, serve).catch(() => {
      if (this.ended || waiting !== this.waiting) return;
      // Taken from us: another tab sends from now on. Never given to us: locks don't work here.
      if (this.sender) this.depose();
      else this.become();
    });
  }

  private become(): void {
    if (this.sender) return;
    clearTimeout(this.patience);
    const sender = new Outbox({
      ...this.options,
      changed: (items) => {
        this.show();
        if (this.options.locks) this.say({ type: 'state', items });
      },
    });
    this.sender = sender;
    // What the one before us could not keep lives in the tabs alone.
    void sender.restore(this.mirror.filter((item) => !item.kept)).then(() => this.handOver());
  }

  private depose(): void {
    this.sender?.hold();
    this.mirror = this.sender?.items ?? [];
    this.sender = null;
    this.request(false);
  }

  private handOver(): void {
    for (const [id, { item, ready }] of this.handing) {
      if (!ready || this.ended) continue;
      if (this.sender) {
        this.handing.delete(id);
        this.sender.adopt(item);
      } else {
        this.demand({ type: 'add', item });
      }
    }
  }

  private ask(): void {
    this.demand({ type: 'ask' });
  }

  /** Says something that the tab that sends has to answer. */
  private demand(word: Word): void {
    if (this.ended) return;
    this.say(word);
    this.patience ??= setTimeout(() => {
      this.patience = undefined;
      if (!this.sender && !this.ended) this.request(true);
    }, ANSWER_WITHIN);
  }

  private hear(word: Word): void {
    if (this.ended) return;
    if (this.sender) this.serveOther(this.sender, word);
    else this.follow(word);
  }

  private serveOther(sender: Outbox, word: Word): void {
    switch (word.type) {
      case 'add':
        if (!this.options.locks) return;
        sender.adopt(word.item);
        this.say({ type: 'taken', id: word.item.clientId });
        break;
      case 'retry':
        sender.retry(word.ids);
        break;
      case 'discard':
      case 'gone':
        sender.discard(word.ids);
        break;
      case 'ask':
        sender.kick();
        this.say({ type: 'state', items: sender.items });
        break;
    }
  }

  private follow(word: Word): void {
    if (word.type !== 'taken' && word.type !== 'state') return;
    clearTimeout(this.patience);
    this.patience = undefined;
    if (word.type === 'taken') {
      this.handing.delete(word.id);
    } else {
      this.mirror = word.items;
      for (const { clientId } of word.items) this.handing.delete(clientId);
      this.handOver();
    }
    this.show();
  }
}
