import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Failure } from '../src/api/failure';
import { Outbox, STALE_AFTER } from '../src/realtime/outbox';
import { aMessage } from './builders';
import { anItem, FakeServer, FakeStore, optionsOf } from './outbox-support';

const START = 1_000_000;

function setUp(store = new FakeStore(), start = START) {
  const server = new FakeServer();
  const clock = { now: start };
  const { options, accepted, shown } = optionsOf(store, server, () => clock.now);
  return { outbox: new Outbox(options), server, store, accepted, shown, clock };
}

const settled = () => vi.advanceTimersByTimeAsync(0);

beforeEach(() => void vi.useFakeTimers());

describe('the outbox', () => {
  it('sends one at a time per session, in order, and sessions beside each other', async () => {
    const { outbox, server, shown } = setUp();
    outbox.adopt(anItem('a'));
    outbox.adopt(anItem('b', { at: START + 1 }));
    outbox.adopt(anItem('x', { sessionId: 's2' }));
    expect(server.texts).toEqual(['a', 'x']);
    server.call(0).answer();
    await settled();
    expect(server.texts).toEqual(['a', 'x', 'b']);
    server.call(2).answer();
    server.call(1).answer();
    await settled();
    expect(shown.items).toEqual([]);
  });

  it('is settled by the event when that comes first', async () => {
    const { outbox, server, shown, accepted } = setUp();
    outbox.adopt(anItem('a'));
    outbox.settleAll([aMessage({ client_id: 'a' })]);
    expect(shown.items).toEqual([]);
    server.call(0).answer();
    await settled();
    expect(accepted).toHaveLength(1);
    outbox.adopt(anItem('a'));
    expect(server.calls).toHaveLength(1);
  });

  it('is settled by the event even when the answer is lost', async () => {
    const { outbox, server, shown } = setUp();
    outbox.adopt(anItem('a'));
    outbox.settleAll([aMessage({ client_id: 'a' })]);
    server.call(0).refuse(new Failure('network'));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(shown.items).toEqual([]);
    expect(server.calls).toHaveLength(1);
  });

  it('repeats with the same id after a loss, holding back what comes after', async () => {
    const { outbox, server, shown } = setUp();
    outbox.adopt(anItem('a'));
    outbox.adopt(anItem('b', { at: START + 1 }));
    server.call(0).refuse(new Failure('network'));
    await settled();
    expect(shown.items.map((one) => one.state)).toEqual(['queued', 'queued']);
    expect(server.calls).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(server.texts).toEqual(['a', 'a']);
    server.call(1).refuse(new Failure('busy', 503));
    await settled();
    outbox.kick();
    expect(server.texts).toEqual(['a', 'a', 'a']);
  });

  it('waits as long as the server asks', async () => {
    const { outbox, server } = setUp();
    outbox.adopt(anItem('a'));
    server.call(0).refuse(new Failure('too_many_attempts', 429, { retry_after: 7 }));
    await vi.advanceTimersByTimeAsync(6_900);
    expect(server.calls).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(200);
    expect(server.calls).toHaveLength(2);
  });

  it.each([
    ['not_assignee', 403],
    ['session_ended', 409],
    ['session_not_open', 409],
    ['idempotency_conflict', 409],
    ['not_found', 404],
    ['invalid', 422],
  ])(
    'keeps the text of what is refused as %s, lets the next go, and sends it again on demand',
    async (code, status) => {
      const { outbox, server, shown, store } = setUp();
      outbox.adopt(anItem('a'));
      outbox.adopt(anItem('b', { at: START + 1 }));
      server.call(0).refuse(new Failure(code, status));
      await settled();
      expect(shown.items[0]).toMatchObject({ text: 'a', state: 'failed', problem: code });
      expect([...store.rows.values()]).toMatchObject([{ text: 'a', state: 'failed', problem: code }]);
      expect(server.texts).toEqual(['a', 'b']);
      server.call(1).answer();
      await settled();
      outbox.retry(['a']);
      expect(server.texts).toEqual(['a', 'b', 'a']);
      server.call(2).answer();
      await settled();
      expect(shown.items).toEqual([]);
      expect(store.rows.size).toBe(0);
    },
  );

  it('takes a new id when the old one belongs to another message', async () => {
    const { outbox, server } = setUp();
    outbox.adopt(anItem('a'));
    server.call(0).refuse(new Failure('idempotency_conflict', 409));
    await settled();
    outbox.retry(['a']);
    expect(server.call(1).item.clientId).not.toBe('a');
  });

  it('can be discarded', async () => {
    const { outbox, server, shown, store } = setUp();
    outbox.adopt(anItem('a'));
    server.call(0).refuse(new Failure('session_ended', 409));
    await settled();
    outbox.discard(['a']);
    expect(shown.items).toEqual([]);
    expect(store.rows.size).toBe(0);
  });

  it('takes up in order what was left, with the same ids, and nothing before all of it is known', async () => {
    const store = new FakeStore();
    for (const [n, text] of ['a', 'b', 'c'].entries())
      await store.save(anItem(text, { at: START + n, state: n === 0 ? 'sending' : 'queued' }));
    const { outbox, server, shown } = setUp(store, START + 5_000);
    const restored = outbox.restore();
    outbox.adopt(anItem('new', { at: START + 5_000 }));
    expect(server.calls).toHaveLength(0);
    await restored;
    expect(shown.items.map((one) => one.clientId)).toEqual(['a', 'b', 'c', 'new']);
    for (let n = 0; n < 4; n += 1) {
      server.call(n).answer();
      await settled();
    }
    expect(server.texts).toEqual(['a', 'b', 'c', 'new']);
  });

  it('asks before it sends what was written long ago, and what followed it in its session', async () => {
    const store = new FakeStore();
    await store.save(anItem('old', { at: START }));
    await store.save(anItem('after', { at: START + STALE_AFTER }));
    await store.save(anItem('other', { at: START + STALE_AFTER, sessionId: 's2' }));
    const { outbox, server, shown } = setUp(store, START + STALE_AFTER + 1);
    await outbox.restore();
    expect(server.texts).toEqual(['other']);
    expect(shown.items.filter((one) => one.problem === 'stale').map((one) => one.text)).toEqual(['old', 'after']);
    outbox.retry(['after', 'old']);
    server.call(1).answer();
    await settled();
    expect(server.texts).toEqual(['other', 'old', 'after']);
    expect(server.call(1).item.clientId).toBe('old');
  });

  it('asks as well when the same page could not send for long', async () => {
    const { outbox, server, shown, clock } = setUp();
    outbox.adopt(anItem('a'));
    server.call(0).refuse(new Failure('network'));
    await settled();
    clock.now += STALE_AFTER + 1;
    outbox.kick();
    expect(server.calls).toHaveLength(1);
    expect(shown.items).toMatchObject([{ problem: 'stale' }]);
  });

  it('keeps everything and sends nothing once signed out', async () => {
    const { outbox, server, shown } = setUp();
    outbox.adopt(anItem('a'));
    outbox.adopt(anItem('b', { at: START + 1 }));
    server.call(0).refuse(new Failure('signed_in_elsewhere', 401));
    await vi.advanceTimersByTimeAsync(60_000);
    outbox.kick();
    expect(server.calls).toHaveLength(1);
    expect(shown.items.map((one) => one.state)).toEqual(['queued', 'queued']);
  });
});
