import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Failure } from '../src/api/failure';
import type { OutboxItem } from '../src/realtime/outbox';
import { ANSWER_WITHIN, SharedOutbox } from '../src/realtime/outbox-tabs';
import { aMessage } from './builders';
import { anItem, FakeChannels, FakeLocks, FakeServer, FakeStore, optionsOf } from './outbox-support';

const settled = () => vi.advanceTimersByTimeAsync(0);
const write = (text: string, sessionId = 's1') => ({
  sessionId,
  customerId: `of-${sessionId}`,
  customerName: 'Ana',
  text,
  replyTo: null,
});

/** A browser: what its tabs share. */
function aBrowser({ locks = true } = {}) {
  const [store, server, channels, theLocks] = [new FakeStore(), new FakeServer(), new FakeChannels(), new FakeLocks()];
  const tab = () => {
    const { options, shown } = optionsOf(store, server, () => 1_000_000);
    const channel = channels.make();
    const outbox = new SharedOutbox({ ...options, name: 'outbox', locks: locks ? theLocks : null, channel });
    outbox.start();
    return { outbox, shown, channel, texts: () => shown.items.map((item) => item.text) };
  };
  return { store, server, tab };
}

beforeEach(() => void vi.useFakeTimers());

describe('the outbox of one tab', () => {
  it('shows at once, keeps before it sends, and forgets what was sent', async () => {
    const { store, server, tab } = aBrowser();
    const { outbox, texts } = tab();
    await settled();
    const order: string[] = [];
    const save = store.save;
    store.save = async (item) => {
      const kept = await save(item);
      order.push(`kept, sent: ${server.calls.length}`);
      return kept;
    };
    outbox.add(write('a'));
    outbox.add(write('b'));
    expect(texts()).toEqual(['a', 'b']);
    await settled();
    expect(order[0]).toBe('kept, sent: 0');
    server.call(0).answer();
    await settled();
    server.call(1).answer();
    await settled();
    expect(server.texts).toEqual(['a', 'b']);
    expect([texts(), store.rows.size]).toEqual([[], 0]);
  });

  it('keeps the order when the first is slow to be kept', async () => {
    const { store, server, tab } = aBrowser();
    const { outbox } = tab();
    await settled();
    const save = store.save;
    store.save = async (item) => {
      if (item.text === 'a') await new Promise((resolve) => setTimeout(resolve, 500));
      return save(item);
    };
    outbox.add(write('a'));
    outbox.add(write('b'));
    await vi.advanceTimersByTimeAsync(100);
    expect(server.calls).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(500);
    server.call(0).answer();
    await settled();
    expect(server.texts).toEqual(['a', 'b']);
  });

  it('sends without a store, and says that nothing is kept', async () => {
    const { store, server, tab } = aBrowser();
    store.works = false;
    const { outbox, shown, texts } = tab();
    outbox.add(write('a'));
    await settled();
    expect(shown.items).toMatchObject([{ text: 'a', kept: false }]);
    server.call(0).answer();
    await settled();
    expect(texts()).toEqual([]);
  });

  it('finds after a crash what was not sent, with the same ids and in order', async () => {
    const { store, server, tab } = aBrowser();
    const first = tab();
    for (const text of ['a', 'b', 'c']) first.outbox.add(write(text));
    await settled();
    const after = aBrowser();
    for (const [id, row] of store.rows) after.store.rows.set(id, row);
    after.tab();
    await settled();
    expect(after.server.call(0).item.clientId).toBe(server.call(0).item.clientId);
    for (let n = 0; n < 3; n += 1) {
      after.server.call(n).answer();
      await settled();
    }
    expect(after.server.texts).toEqual(['a', 'b', 'c']);
  });

  it('wipes everything at the end of the login', async () => {
    const { store, server, tab } = aBrowser();
    const { outbox } = tab();
    outbox.add(write('a'));
    outbox.add(write('b'));
    await settled();
    await outbox.wipe();
    server.call(0).refuse(new Failure('not_assignee', 403));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(store.rows.size).toBe(0);
    expect(server.calls).toHaveLength(1);
  });

  it('thrown out, gives away what had not gone and sends nothing more', async () => {
    const { store, server, tab } = aBrowser();
    const { outbox } = tab();
    for (const text of ['a', 'b', 'c']) outbox.add(write(text));
    await settled();
    const taken: string[] = [];
    const given = outbox.surrender((items: readonly OutboxItem[]) => taken.push(...items.map((item) => item.text)));
    server.call(0).answer();
    await given;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(taken).toEqual(['b', 'c']);
    expect(server.texts).toEqual(['a']);
    expect(store.rows.size).toBe(0);
  });
});

describe('the outbox of several tabs', () => {
  it('is sent by exactly one of them, and both see the states', async () => {
    const { server, tab } = aBrowser();
    const [one, two] = [tab(), tab()];
    await settled();
    two.outbox.add(write('from two'));
    await settled();
    one.outbox.add(write('from one'));
    await settled();
    expect(server.texts).toEqual(['from two']);
    expect(one.texts()).toEqual(['from two', 'from one']);
    expect(two.texts()).toEqual(['from two', 'from one']);
    server.call(0).answer();
    await settled();
    server.call(1).refuse(new Failure('not_assignee', 403));
    await settled();
    expect(two.shown.items).toMatchObject([{ text: 'from one', state: 'failed', problem: 'not_assignee' }]);
    const id = two.shown.items[0]?.clientId ?? '';
    two.outbox.retry([id]);
    await settled();
    expect(server.texts).toEqual(['from two', 'from one', 'from one']);
    server.call(2).refuse(new Failure('session_ended', 409));
    await settled();
    two.outbox.discard([id]);
    await settled();
    expect([one.texts(), two.texts()]).toEqual([[], []]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.calls).toHaveLength(3);
  });

  it('goes on in another tab when the one that sends ends', async () => {
    const { server, tab } = aBrowser();
    const [one, two] = [tab(), tab()];
    await settled();
    one.outbox.add(write('a'));
    one.outbox.add(write('b'));
    await settled();
    await one.outbox.hold();
    await settled();
    expect(server.texts).toEqual(['a', 'a']);
    expect(server.call(1).item.clientId).toBe(server.call(0).item.clientId);
    server.call(1).answer();
    await settled();
    expect(two.texts()).toEqual(['b']);
    expect(server.texts).toEqual(['a', 'a', 'b']);
  });

  it('is taken from a tab that sleeps', async () => {
    const { server, tab } = aBrowser();
    const [one, two] = [tab(), tab()];
    await settled();
    const hears = one.channel.onmessage;
    one.channel.onmessage = null;
    two.outbox.add(write('a'));
    await vi.advanceTimersByTimeAsync(ANSWER_WITHIN - 100);
    expect(server.calls).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(200);
    expect(server.texts).toEqual(['a']);
    // It wakes up, and follows from now on.
    one.channel.onmessage = hears;
    one.outbox.add(write('b'));
    await settled();
    expect(server.texts).toEqual(['a']);
    expect(two.texts()).toEqual(['a', 'b']);
  });

  it('is settled in every tab by the event', async () => {
    const { server, tab } = aBrowser();
    const [one, two] = [tab(), tab()];
    await settled();
    one.outbox.add(write('a'));
    await settled();
    const message = aMessage({ client_id: server.call(0).item.clientId });
    two.outbox.settleAll([message]);
    expect(two.texts()).toEqual([]);
    one.outbox.settleAll([message]);
    await settled();
    expect([one.texts(), two.texts()]).toEqual([[], []]);
  });

  it('without locks, each tab sends what it has, under the same ids', async () => {
    const { store, server, tab } = aBrowser({ locks: false });
    await store.save(anItem('left'));
    const [one, two] = [tab(), tab()];
    await settled();
    expect(server.calls.map((call) => call.item.clientId)).toEqual(['left', 'left']);
    server.call(0).answer();
    server.call(1).answer();
    await settled();
    one.outbox.add(write('a'));
    await settled();
    expect(server.texts).toEqual(['left', 'left', 'a']);
    expect([one.texts(), two.texts()]).toEqual([['a'], []]);
  });
});
