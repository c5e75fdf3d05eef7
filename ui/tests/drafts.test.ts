import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as desk from '../src/api/desk';
import { Failure } from '../src/api/failure';
import type { Draft } from '../src/api/types';
import { Drafts } from '../src/store/drafts.svelte';

vi.mock('../src/api/desk');

/** What the server has, by customer. */
let server: Map<string, Draft>;
let clock = 0;
let opened: Drafts[] = [];

const put = (customer_id: string, text: string): void => {
  server.set(customer_id, { customer_id, text, version: (clock += 1) });
};
const there = (id: string) => server.get(id)?.text;

/** A page of the portal on this browser. */
function page(member = 'me'): Drafts {
  const drafts = new Drafts();
  drafts.start(member);
  opened.push(drafts);
  return drafts;
}
const pass = (time = 1_100) => vi.advanceTimersByTimeAsync(time);

beforeEach(() => {
  vi.useFakeTimers();
  server = new Map();
  const find = (id: string): Draft => server.get(id) ?? { customer_id: id, text: '', version: 0 };
  vi.mocked(desk.listDrafts).mockImplementation(() => Promise.resolve([...server.values()]));
  vi.mocked(desk.showDraft).mockImplementation((id) => Promise.resolve(find(id)));
  vi.mocked(desk.saveDraft).mockImplementation((id, version, text) => {
    if (find(id).version !== version) return Promise.reject(new Failure('stale_version', 412));
    if (text === '') server.delete(id);
    else put(id, text);
    return Promise.resolve(find(id));
  });
});
afterEach(() => {
  for (const drafts of opened) drafts.stop();
  opened = [];
  vi.restoreAllMocks();
  vi.clearAllMocks();
});

describe('a draft on this browser', () => {
  it('is there at once for the next page', () => {
    page().edit('c', 'half a sent');
    expect(page().read('c')).toBe('half a sent');
  });

  it('belongs to one member and one customer', () => {
    page().edit('c', 'mine');
    expect(page('you').read('c')).toBe('');
    expect(page().read('d')).toBe('');
  });

  it('is a line in the list when it is more than blanks', () => {
    const drafts = page();
    drafts.edit('c', '  \n');
    expect([drafts.read('c'), drafts.line('c')]).toEqual(['  \n', undefined]);
    drafts.edit('c', ' text ');
    expect(drafts.line('c')).toBe('text');
  });

  it('goes with its person when they sign out', async () => {
    const drafts = page();
    drafts.edit('c', 'kept by the server');
    await drafts.flush();
    drafts.wipe();
    expect(Object.keys(localStorage)).toEqual([]);
    const again = page();
    await again.load();
    expect(again.read('c')).toBe('kept by the server');
  });

  it('stays on this browser when the server would not take it', async () => {
    const drafts = page();
    vi.mocked(desk.saveDraft).mockImplementation(() => Promise.reject(new Failure('busy', 503)));
    drafts.edit('c', 'not taken');
    await drafts.flush();
    drafts.wipe();
    expect(page().read('c')).toBe('not taken');
  });

  it('puts unsent messages before what was begun, once', () => {
    page().edit('c', 'begun');
    const thrownOut = page();
    thrownOut.precede('me', 'c', ['one', 'two']);
    thrownOut.precede('me', 'c', ['one', 'two']);
    expect(page().read('c')).toBe('one\n\ntwo\n\nbegun');
  });

  it('lives on in the page when the browser keeps nothing', () => {
    vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
      throw new DOMException('full', 'QuotaExceededError');
    });
    const drafts = page();
    drafts.edit('c', 'not lost');
    drafts.stop();
    drafts.start('me');
    expect(drafts.read('c')).toBe('not lost');
  });

  it('follows another tab', () => {
    const [one, other] = [page(), page()];
    one.edit('c', 'typed there');
    const key = Object.keys(localStorage)[0] ?? '';
    window.dispatchEvent(new StorageEvent('storage', { key }));
    expect(other.read('c')).toBe('typed there');
  });
});

describe('a draft on the server', () => {
  it('is saved once the member pauses', async () => {
    const drafts = page();
    for (const text of ['h', 'ha', 'half']) {
      drafts.edit('c', text);
      await pass(300);
    }
    expect(desk.saveDraft).not.toHaveBeenCalled();
    await pass();
    expect(there('c')).toBe('half');
    expect(desk.saveDraft).toHaveBeenCalledTimes(1);
    drafts.edit('c', 'half a');
    await pass();
    expect(there('c')).toBe('half a');
  });

  it('is saved at once, and past the page’s end, when the page is left', () => {
    page().edit('c', 'last words');
    window.dispatchEvent(new Event('pagehide'));
    expect(desk.saveDraft).toHaveBeenCalledExactlyOnceWith('c', 0, 'last words', true);
  });

  it('is not overwritten by an editor that nobody touched', async () => {
    put('c', 'from elsewhere');
    const drafts = page();
    expect(drafts.read('c')).toBe('');
    await drafts.load();
    await drafts.flush();
    await pass();
    expect(drafts.read('c')).toBe('from elsewhere');
    expect(desk.saveDraft).not.toHaveBeenCalled();
  });

  it('goes when the editor is emptied, by hand or by sending', async () => {
    put('c', 'from elsewhere');
    const drafts = page();
    await drafts.load();
    drafts.edit('c', '');
    await pass();
    expect(there('c')).toBeUndefined();
    expect(Object.keys(localStorage)).toEqual([]);
  });

  it('gives way to what is being typed now', async () => {
    const drafts = page();
    put('c', 'earlier, elsewhere');
    drafts.edit('c', 'later, here');
    await pass();
    await pass();
    expect([there('c'), drafts.read('c')]).toEqual(['later, here', 'later, here']);
  });

  it('gives way also when the page had to sign in again meanwhile', async () => {
    const drafts = page();
    put('c', 'earlier, elsewhere');
    drafts.edit('c', 'later, here');
    drafts.stop();
    drafts.start('me');
    await drafts.load();
    await pass();
    expect([there('c'), drafts.read('c')]).toEqual(['later, here', 'later, here']);
  });

  it('wins over what was left here from before it', async () => {
    page().edit('c', 'left offline');
    put('c', 'later, elsewhere');
    const drafts = page();
    expect(drafts.read('c')).toBe('left offline');
    await drafts.load();
    await pass();
    expect([there('c'), drafts.read('c')]).toEqual(['later, elsewhere', 'later, elsewhere']);
  });

  it('gets what was left here and it has not heard of', async () => {
    page().edit('c', 'left offline');
    await page().load();
    await pass();
    expect(there('c')).toBe('left offline');
  });

  it('is saved when the line is back', async () => {
    vi.mocked(desk.saveDraft).mockRejectedValueOnce(new Failure('network'));
    const drafts = page();
    drafts.edit('c', 'offline');
    await pass();
    expect(there('c')).toBeUndefined();
    await drafts.flush();
    expect(there('c')).toBe('offline');
  });

  it('has edits one after the other, each based on the one before', async () => {
    const drafts = page();
    let answer: (draft: Draft) => void = () => undefined;
    vi.mocked(desk.saveDraft).mockImplementationOnce(() => new Promise((done) => (answer = done)));
    drafts.edit('c', 'one');
    await pass();
    drafts.edit('c', 'one two');
    await pass();
    expect(desk.saveDraft).toHaveBeenCalledTimes(1);
    put('c', 'one');
    answer({ customer_id: 'c', text: 'one', version: clock });
    await pass();
    expect(there('c')).toBe('one two');
  });

  it('never hears of a text too long for a reply', async () => {
    const drafts = page();
    drafts.edit('c', 'x'.repeat(4097));
    await pass();
    expect(desk.saveDraft).not.toHaveBeenCalled();
    expect(page().read('c')).toHaveLength(4097);
  });

  it('is no longer here when its customer is out of sight', async () => {
    put('c', 'secret');
    const drafts = page();
    await drafts.load();
    server.clear();
    await drafts.load();
    expect(drafts.read('c')).toBe('');
    put('d', 'another');
    await drafts.load();
    drafts.forget(['d']);
    expect([drafts.read('d'), Object.keys(localStorage)]).toEqual(['', []]);
    drafts.edit('e', 'gone meanwhile');
    vi.mocked(desk.saveDraft).mockRejectedValueOnce(new Failure('not_found', 404));
    await pass();
    expect(drafts.read('e')).toBe('');
  });

  it('is asked for where the list had no room for it', async () => {
    vi.mocked(desk.listDrafts).mockResolvedValue(
      Array.from({ length: 500 }, (_, n) => ({ customer_id: `listed-${n}`, text: 'text', version: 1 })),
    );
    put('c', 'not listed');
    const drafts = page();
    await drafts.load();
    await drafts.look('c');
    await drafts.look('listed-3');
    expect(drafts.read('c')).toBe('not listed');
    expect(desk.showDraft).toHaveBeenCalledTimes(1);
  });
});

describe('a chat that went to somebody else', () => {
  /** As the server does: what had not gone stands at the end of the draft, each a paragraph. */
  const handBack = (...texts: string[]) => put('c', [there('c') ?? '', ...texts].filter(Boolean).join('\n\n'));

  it('leaves in the draft what the server put back', async () => {
    const drafts = page();
    drafts.edit('c', 'half a sent');
    await drafts.flush('c');
    handBack('One', 'Two');
    await drafts.takeBack('c', []);
    expect(drafts.read('c')).toBe('half a sent\n\nOne\n\nTwo');
    await pass();
    expect(there('c')).toBe('half a sent\n\nOne\n\nTwo');
  });

  it('loses nothing that was typed meanwhile', async () => {
    const drafts = page();
    drafts.edit('c', 'half a sent');
    await drafts.flush('c');
    drafts.edit('c', 'half a sentence');
    handBack('One');
    await drafts.takeBack('c', []);
    await pass();
    expect([drafts.read('c'), there('c')]).toEqual(Array(2).fill('half a sentence\n\nOne'));
  });

  it('nor where the browser was refused first', async () => {
    const drafts = page();
    drafts.edit('c', 'typed just now');
    handBack('One');
    await drafts.flush('c');
    await drafts.takeBack('c', []);
    await pass();
    expect([drafts.read('c'), there('c')]).toEqual(Array(2).fill('typed just now\n\nOne'));
  });

  it('takes along what never reached the server, once', async () => {
    const drafts = page();
    handBack('One');
    await drafts.takeBack('c', ['One', 'Two', 'Three']);
    await drafts.takeBack('c', ['Three']);
    await pass();
    expect([drafts.read('c'), there('c')]).toEqual(Array(2).fill('One\n\nTwo\n\nThree'));
  });

  it('keeps it here while the server can’t be asked', async () => {
    const drafts = page();
    drafts.edit('c', 'begun');
    vi.mocked(desk.showDraft).mockRejectedValueOnce(new Failure('network'));
    await drafts.takeBack('c', ['One']);
    expect(drafts.read('c')).toBe('begun\n\nOne');
  });

  it('is the server’s draft where it was written elsewhere', async () => {
    const drafts = page();
    put('c', 'old');
    await drafts.load();
    put('c', 'new on the telephone');
    await drafts.takeBack('c', []);
    expect(drafts.read('c')).toBe('new on the telephone');
  });
});
