// What the member has begun to write, per customer: kept on this browser at every letter, on the server a moment later.
//
// The server refuses an edit that is based on an older version. Then one made on this page just now is the later one and
// is saved once more over what is there; one left from an earlier page gives way.
import { listDrafts, saveDraft, showDraft } from '../api/desk';
import { asFailure } from '../api/failure';
import type { Draft } from '../api/types';
import { store, storedJson, storedUnder } from '../lib/storage';

const QUIET = 1_000;
/** Between messages that become one draft. */
const BREAK = '\n\n';
/** The longest text that the server takes, in UTF-16 units. */
const LONGEST = 4096;
/** What the server lists at most. */
const LISTED = 500;

interface Kept {
  text: string;
  /** The server's version that the text is, or is based on. */
  version: number;
  /** Whether the server doesn't have it yet. */
  dirty: boolean;
}

interface Entry extends Kept {
  /** Edited on this page. */
  live: boolean;
  /** What the server last said it is, if it was asked. */
  saved?: string;
  /** What it had beside that and is about to be overwritten. */
  over?: string | undefined;
  timer?: ReturnType<typeof setTimeout> | undefined;
  running?: Promise<void> | undefined;
}

const isKept = (value: unknown): value is Kept => {
  const kept = value as Partial<Kept> | null;
  return typeof kept?.text === 'string' && typeof kept.version === 'number' && typeof kept.dirty === 'boolean';
};

/** What stands in `text` after `start`; all of it where it begins otherwise. */
function after(text: string, start: string): string {
  return start !== '' && text.startsWith(start) ? text.slice(start.length).trimStart() : text;
}

export class Drafts {
  /** By customer: what is shown. */
  private texts = $state.raw<ReadonlyMap<string, string>>(new Map());
  private entries = new Map<string, Entry>();
  private me: string | null = null;
  /** Whether the server's list had all. */
  private complete = false;

  private get prefix(): string {
    return `teledesk.draft.${this.me}.`;
  }

  start(memberId: string): void {
    if (this.me !== null && this.me !== memberId) this.entries.clear();
    this.me = memberId;
    this.complete = false;
    for (const key of storedUnder(this.prefix)) this.take(key);
    this.show();
    window.addEventListener('pagehide', this.leave);
    document.addEventListener('visibilitychange', this.hidden);
    window.addEventListener('storage', this.otherTab);
  }

  /** Nobody is signed in; what was begun stays on this browser. */
  stop(): void {
    for (const entry of this.entries.values()) clearTimeout(entry.timer);
    this.texts = new Map();
    window.removeEventListener('pagehide', this.leave);
    document.removeEventListener('visibilitychange', this.hidden);
    window.removeEventListener('storage', this.otherTab);
  }

  /** Signed out by hand: nothing stays here but what the server would not take. */
  wipe(): void {
    this.forget([...this.entries].filter(([, { dirty }]) => !dirty).map(([id]) => id));
  }

  /** The text for the editor, blanks and all. */
  read(customerId: string): string {
    return this.texts.get(customerId) ?? '';
  }

  /** The line for the list. */
  line(customerId: string): string | undefined {
    return this.texts.get(customerId)?.trim() || undefined;
  }

  /** The member changed the text, by hand or by sending it. */
  edit(customerId: string, text: string): void {
    const entry = this.entry(customerId);
    entry.text = text;
    entry.dirty = true;
    entry.live = true;
    this.keep(customerId, entry);
    this.show();
    clearTimeout(entry.timer);
    entry.timer = setTimeout(() => void this.push(customerId), QUIET);
  }

  /** Puts texts before what a member had begun, on this browser: whoever is thrown out can save nothing. */
  precede(memberId: string, customerId: string, texts: readonly string[]): void {
    const key = `teledesk.draft.${memberId}.${customerId}`;
    const kept = storedJson(key, isKept) ?? { text: '', version: 0, dirty: false };
    // Two tabs may both have had it.
    const begun = kept.text.split(BREAK);
    const text = [...texts.filter((text) => !begun.includes(text)), ...(kept.text === '' ? [] : [kept.text])].join(
      BREAK,
    );
    store(key, JSON.stringify({ ...kept, text, dirty: true }));
    if (memberId === this.me) this.take(key);
  }

  /**
   * The chat went to somebody else. What the server put at the end of the draft, and `texts` that never reached it, stand
   * after what was begun.
   */
  async takeBack(customerId: string, texts: readonly string[]): Promise<void> {
    const entry = this.entry(customerId);
    const remote = await showDraft(customerId).catch(() => null);
    if (this.entries.get(customerId) !== entry) return;
    const changed = remote !== null && remote.version !== entry.version;
    const put = changed ? after(remote.text, entry.saved ?? '') : (entry.over ?? '');
    // Untouched here and something else there: it was written elsewhere.
    const begun = changed && !entry.dirty && put === remote.text ? '' : entry.text;
    const known = new Set([...begun.split(BREAK), ...put.split(BREAK)]);
    const text = [begun, put, ...texts.filter((one) => !known.has(one))].filter(Boolean).join(BREAK);
    if (remote) Object.assign(entry, { version: remote.version, saved: remote.text, over: undefined });
    if (text !== (remote?.text ?? entry.text)) this.edit(customerId, text);
    else if (remote) this.put(customerId, remote);
    this.show();
  }

  /** Saves now what waits to be saved: one customer's, or all. */
  async flush(customerId?: string, keepalive = false): Promise<void> {
    const ids = customerId === undefined ? [...this.entries.keys()] : [customerId];
    await Promise.all(ids.filter((id) => this.entries.get(id)?.dirty).map((id) => this.push(id, keepalive)));
  }

  /** What the server has; asked at the start, and again when rights changed. */
  async load(): Promise<void> {
    const member = this.me;
    const items = await listDrafts();
    if (member !== this.me) return;
    this.complete = items.length < LISTED;
    const listed = new Set(items.map((item) => item.customer_id));
    for (const item of items) this.merge(item);
    if (this.complete) {
      for (const id of [...this.entries.keys()].filter((id) => !listed.has(id))) {
        this.merge({ customer_id: id, text: '', version: 0 });
      }
    }
    this.show();
  }

  /** A chat is opened: its draft may be one that the list had no room for. */
  async look(customerId: string): Promise<void> {
    if (this.complete || this.entries.has(customerId)) return;
    try {
      this.merge(await showDraft(customerId));
      this.show();
    } catch {
      // What is here is shown; the next list brings the rest.
    }
  }

  /** The customers are not to be seen any more. */
  forget(customerIds: readonly string[]): void {
    for (const id of customerIds) {
      clearTimeout(this.entries.get(id)?.timer);
      this.entries.delete(id);
      store(this.prefix + id, null);
    }
    this.show();
  }

  private merge(remote: Draft): void {
    const { customer_id: id, version } = remote;
    const entry = this.entry(id);
    if (entry.dirty && (entry.live || entry.version === version)) {
      if (entry.version !== version) entry.over = after(remote.text, entry.saved ?? '');
      entry.version = version;
      clearTimeout(entry.timer);
      entry.timer = setTimeout(() => void this.push(id), QUIET);
      this.keep(id, entry);
    } else {
      this.put(id, remote);
    }
  }

  /** What is here is what the server has. */
  private put(id: string, { text, version }: Draft): void {
    const entry = this.entry(id);
    Object.assign(entry, { text, version, dirty: false, saved: text });
    this.keep(id, entry);
  }

  private async push(id: string, keepalive = false): Promise<void> {
    const entry = this.entries.get(id);
    if (!entry) return;
    clearTimeout(entry.timer);
    // One at a time: the next is based on what this one makes. A page that goes away can't wait.
    while (entry.running && !keepalive) await entry.running;
    if (!entry.dirty || this.entries.get(id) !== entry) return;
    entry.running = this.save(id, entry, keepalive);
    await entry.running;
    entry.running = undefined;
  }

  private async save(id: string, entry: Entry, keepalive: boolean): Promise<void> {
    const text = entry.text;
    // What is too long for a reply stays here until it is shorter.
    if (text.length > LONGEST) return;
    try {
      const saved = await saveDraft(id, entry.version, text, keepalive);
      if (this.entries.get(id) !== entry) return;
      entry.version = saved.version;
      entry.saved = text;
      entry.over = undefined;
      entry.dirty = entry.text !== text;
      this.keep(id, entry);
    } catch (error) {
      const { code } = asFailure(error);
      if (code === 'not_found') this.forget([id]);
      // What found no server is saved when the line is back.
      if (code === 'stale_version') await this.reconcile(id);
    }
  }

  private async reconcile(id: string): Promise<void> {
    try {
      const remote = await showDraft(id);
      if (this.entries.has(id)) this.merge(remote);
      this.show();
    } catch {
      // As with any save that found no server.
    }
  }

  private readonly leave = (): void => {
    void this.flush(undefined, true);
  };

  private readonly hidden = (): void => {
    if (document.visibilityState === 'hidden') this.leave();
  };

  private readonly otherTab = (event: StorageEvent): void => {
    if (!event.key?.startsWith(this.prefix)) return;
    this.take(event.key);
    this.show();
  };

  /** Reads what this browser keeps under `key`. */
  private take(key: string): void {
    const id = key.slice(this.prefix.length);
    const kept = storedJson(key, isKept);
    const entry = this.entry(id);
    if (kept) Object.assign(entry, { ...kept, live: entry.live && entry.text === kept.text });
    // What the storage did not take is only here.
    else if (!entry.dirty) this.entries.delete(id);
  }

  private entry(id: string): Entry {
    let entry = this.entries.get(id);
    if (!entry) {
      entry = { text: '', version: 0, dirty: false, live: false };
      this.entries.set(id, entry);
    }
    return entry;
  }

  private keep(id: string, { text, version, dirty }: Entry): void {
    store(this.prefix + id, text === '' && !dirty ? null : JSON.stringify({ text, version, dirty }));
  }

  private show(): void {
    this.texts = new Map([...this.entries].filter(([, { text }]) => text !== '').map(([id, { text }]) => [id, text]));
  }
}

export const drafts = new Drafts();
