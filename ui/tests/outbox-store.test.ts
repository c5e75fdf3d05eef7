import { IDBFactory, IDBObjectStore } from 'fake-indexeddb';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { indexedDbStore } from '../src/realtime/outbox-store';
import { anItem } from './outbox-support';

let factory: IDBFactory;
beforeEach(() => (factory = new IDBFactory()));

const texts = async (scope: string) => (await indexedDbStore(scope, factory).load()).map((item) => item.text);

describe('the store in IndexedDB', () => {
  it('gives back to another page what was kept, and only to the same member of the same workspace', async () => {
    const store = indexedDbStore('desk.anna', factory);
    expect(await store.save(anItem('a', { kept: false, replyTo: { id: 'm', text: 'q', direction: 'in' } }))).toBe(true);
    expect(await indexedDbStore('desk.anna', factory).load()).toEqual([
      anItem('a', { replyTo: { id: 'm', text: 'q', direction: 'in' } }),
    ]);
    expect(await texts('desk.ben')).toEqual([]);
    expect(await texts('other.anna')).toEqual([]);
  });

  it('removes one, and wipes one member’s alone', async () => {
    const [anna, ben] = [indexedDbStore('desk.anna', factory), indexedDbStore('desk.ben', factory)];
    for (const text of ['a', 'b', 'c']) await anna.save(anItem(text));
    await ben.save(anItem('x'));
    await anna.remove(['b']);
    expect(await texts('desk.anna')).toEqual(['a', 'c']);
    await anna.clear();
    expect(await texts('desk.anna')).toEqual([]);
    expect(await texts('desk.ben')).toEqual(['x']);
  });

  it('keeps nothing and breaks nothing where there is no database', async () => {
    const refusing = { open: () => { throw new Error('denied'); } } as unknown as IDBFactory; // prettier-ignore
    for (const none of [undefined, refusing]) {
      vi.stubGlobal('indexedDB', none);
      const store = indexedDbStore('desk.anna', none);
      expect(await store.save(anItem('a'))).toBe(false);
      expect(await store.load()).toEqual([]);
      await store.remove(['a']);
      await store.clear();
      vi.unstubAllGlobals();
    }
  });

  it('waits once for a database that never answers, not for each message', async () => {
    vi.useFakeTimers();
    const store = indexedDbStore('desk.anna', { open: () => ({}) } as unknown as IDBFactory);
    const kept = store.save(anItem('a'));
    await vi.advanceTimersByTimeAsync(3_000);
    expect(await kept).toBe(false);
    expect(await store.save(anItem('b'))).toBe(false);
    vi.useRealTimers();
  });

  it('says so when the disk is full', async () => {
    const store = indexedDbStore('desk.anna', factory);
    await store.save(anItem('a'));
    const put = vi.spyOn(IDBObjectStore.prototype, 'put');
    put.mockImplementation(() => {
      throw new DOMException('full', 'QuotaExceededError');
    });
    expect(await store.save(anItem('b'))).toBe(false);
    put.mockRestore();
    expect(await store.save(anItem('c'))).toBe(true);
  });
});
