// A store, a server and a browser's locks and channels, all made by hand, for the outbox.
import { asFailure, type Failure } from '../src/api/failure';
import type { Message } from '../src/api/types';
import type { OutboxItem, OutboxOptions } from '../src/realtime/outbox';
import type { OutboxStore } from '../src/realtime/outbox-store';
import type { Channel, Locks } from '../src/realtime/outbox-tabs';
import { aMessage } from './builders';

export class FakeStore implements OutboxStore {
  readonly rows = new Map<string, OutboxItem>();
  /** False: private mode, quota, blocked. */
  works = true;
  load = (): Promise<OutboxItem[]> => Promise.resolve([...this.rows.values()]);
  save = (item: OutboxItem): Promise<boolean> => {
    if (this.works) this.rows.set(item.clientId, { ...item, kept: true });
    return Promise.resolve(this.works);
  };
  remove = (ids: readonly string[]): Promise<void> => {
    for (const id of ids) this.rows.delete(id);
    return Promise.resolve();
  };
  clear = (): Promise<void> => {
    this.rows.clear();
    return Promise.resolve();
  };
}

export interface Call {
  item: OutboxItem;
  answer: (change?: Partial<Message>) => void;
  refuse: (failure: Failure) => void;
}

export class FakeServer {
  readonly calls: Call[] = [];
  post = (item: OutboxItem): Promise<Message> =>
    new Promise((resolve, reject) => {
      this.calls.push({
        item,
        answer: (change) => resolve(aMessage({ client_id: item.clientId, text: item.text, ...change })),
        refuse: reject,
      });
    });
  get texts(): string[] {
    return this.calls.map((call) => call.item.text);
  }
  call(index: number): Call {
    const found = this.calls.at(index);
    if (!found) throw new Error(`call ${index} was not made`);
    return found;
  }
}

let ids = 0;

export function optionsOf(store: OutboxStore, server: FakeServer, now: () => number) {
  const accepted: Message[] = [];
  const shown: { items: readonly OutboxItem[] } = { items: [] };
  const options: OutboxOptions = {
    store,
    post: server.post,
    accepted: (message) => accepted.push(message),
    changed: (items) => (shown.items = items),
    failure: asFailure,
    newId: () => `id-${(ids += 1)}`,
    now,
    random: () => 0,
  };
  return { options, accepted, shown };
}

export const anItem = (text: string, change: Partial<OutboxItem> = {}): OutboxItem => ({
  clientId: text,
  sessionId: 's1',
  customerId: 'c1',
  customerName: 'Ana',
  text,
  replyTo: null,
  at: 1_000_000,
  state: 'queued',
  problem: null,
  kept: true,
  ...change,
});

/** Locks as the browser's: one holder, the others wait in line, and one may take it by force. */
export class FakeLocks implements Locks {
  private holder: { end: () => void; lose: (error: Error) => void } | null = null;
  private line: (() => void)[] = [];

  request = (_: string, options: LockOptions, work: () => Promise<void> | undefined): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const hold = () => {
        const holder = { end: () => resolve(undefined), lose: reject };
        this.holder = holder;
        void Promise.resolve(work()).then(() => {
          if (this.holder !== holder) return;
          this.holder = null;
          holder.end();
          this.line.shift()?.();
        });
      };
      if (options.steal) {
        this.holder?.lose(new Error('stolen'));
        hold();
      } else if (this.holder) {
        this.line.push(hold);
        options.signal?.addEventListener('abort', () => {
          this.line = this.line.filter((one) => one !== hold);
          reject(new Error('aborted'));
        });
      } else {
        hold();
      }
    });
}

/** Channels as the browser's: what one says, all others hear a little later. */
export class FakeChannels {
  private readonly open = new Set<Channel>();

  make(): Channel {
    const channel: Channel = {
      onmessage: null,
      postMessage: (word) => {
        for (const other of this.open) {
          const data: unknown = structuredClone(word);
          if (other !== channel)
            queueMicrotask(() => this.open.has(other) && other.onmessage?.({ data } as MessageEvent));
        }
      },
      close: () => void this.open.delete(channel),
    };
    this.open.add(channel);
    return channel;
  }
}
