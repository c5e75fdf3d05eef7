// What I was told of: the newest pages of it, and how much of it is unread.
import { asFailure, type Failure } from '../api/failure';
import { listNotifications, readNotifications } from '../api/notifications';
import type { Notification } from '../api/types';
import { merged } from '../realtime/sequencer';

const QUIET = 400;

function newestFirst(items: Iterable<Notification>): Notification[] {
  return [...items].sort((a, b) => b.at - a.at || b.id.localeCompare(a.id));
}

class Notifications {
  items = $state.raw<readonly Notification[]>([]);
  unread = $state(0);
  state = $state<'empty' | 'loading' | 'full' | 'failed'>('empty');
  failure = $state.raw<Failure | null>(null);
  /** Where the next page begins; null: there is none. */
  next = $state<string | null>(null);

  /** Counts what was asked, so that an answer that was overtaken changes nothing. */
  private runs = 0;
  /** Counts what events told: an answer from before them doesn't know how much is unread. */
  private told = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** What events told as unread. An answer may hold something before its event comes: that is news all the same. */
  private readonly heard = new Set<string>();

  /** The newest page anew. What is known already and not of it is looked up again by scrolling. */
  load(): Promise<void> {
    return this.fetch(null);
  }

  async more(): Promise<void> {
    if (this.next !== null && this.state !== 'loading') await this.fetch(this.next);
  }

  /** What events tell; answers with what is news: unread, and told for the first time. */
  put(told: readonly Notification[]): Notification[] {
    if (told.length === 0) return [];
    const known = new Map(this.items.map((one) => [one.id, one]));
    const news: Notification[] = [];
    let [doubtful, more] = [false, 0];
    for (const one of told) {
      const before = known.get(one.id);
      if ((before?.read_at ?? null) === null && one.read_at === null && !this.heard.has(one.id)) {
        this.heard.add(one.id);
        news.push(one);
      }
      if (!before && one.read_at === null) more += 1;
      // Read elsewhere, and not among what was loaded: only the server knows how much is left.
      else if (!before) doubtful = true;
      else if (before.read_at === null && one.read_at !== null) this.unread = Math.max(0, this.unread - 1);
    }
    const kept = told.filter((one) => one.read_at === null || known.has(one.id));
    this.items = newestFirst(merged(known, kept).values());
    this.unread += more;
    this.told += 1;
    if (doubtful) this.recount();
    return news;
  }

  async read(ids: readonly string[]): Promise<void> {
    const unread = new Set(ids);
    await this.mark((one) => unread.has(one.id), { ids: [...ids] });
  }

  async readAll(): Promise<void> {
    await this.mark(() => true, { all: true });
  }

  clear(): void {
    this.runs += 1;
    clearTimeout(this.timer);
    this.heard.clear();
    this.items = [];
    this.unread = 0;
    this.next = null;
    this.failure = null;
    this.state = 'empty';
  }

  /** At once here; whatever becomes of the request, the next answer says how it stands. */
  private async mark(which: (one: Notification) => boolean, wire: { ids: string[] } | { all: true }): Promise<void> {
    const marked = this.items.filter((one) => one.read_at === null && which(one));
    const now = Date.now();
    this.items = this.items.map((one) =>
      marked.includes(one) ? { ...one, read_at: now, version: one.version + 1 } : one,
    );
    this.unread = 'all' in wire ? 0 : Math.max(0, this.unread - marked.length);
    const [told, run] = [this.told, this.runs];
    try {
      const { unread } = await readNotifications(wire);
      if (run === this.runs && told === this.told) this.unread = unread;
      else this.recount();
    } catch (error) {
      if (!asFailure(error).signedOut) this.recount();
    }
  }

  private recount(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.load(), QUIET);
  }

  private async fetch(cursor: string | null): Promise<void> {
    const run = (this.runs += 1);
    const told = this.told;
    this.state = 'loading';
    this.failure = null;
    try {
      const page = await listNotifications(cursor);
      if (run !== this.runs) return;
      // What an event told while this was on its way is newer than the page.
      const first = page.items[0];
      const kept = cursor === null ? this.items.filter((one) => !first || one.at > first.at) : this.items;
      this.items = newestFirst(merged(new Map(kept.map((one) => [one.id, one])), page.items).values());
      this.next = page.next ?? null;
      this.state = 'full';
      if (told === this.told) this.unread = page.unread;
      else this.recount();
    } catch (error) {
      if (run !== this.runs) return;
      this.failure = asFailure(error);
      this.state = 'failed';
    }
  }
}

export const notifications = new Notifications();
