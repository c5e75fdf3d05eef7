import { beforeEach, describe, expect, it, vi } from 'vitest';
import { asFailure, Failure } from '../src/api/failure';
import type { Message } from '../src/api/types';
import { Outbox, STALE_AFTER, type OutboxItem } from '../src/realtime/outbox';
import { outboxStorage } from '../src/store/outbox-storage';
import { aMessage } from './builders';

interface Call {
  item: OutboxItem;
  answer: (message?: Partial<Message>) => void;
  refuse: (failure: Failure) => void;
}

function setUp(now = 1_000_000) {
  const calls: Call[] = [];
  const accepted: Message[] = [];
  let items: readonly OutboxItem[] = [];
  let ids = 0;
  const make = () =>
    new Outbox({
      store: outboxStorage('me'),
      post: (item) =>
        new Promise((resolve, reject) => {
          calls.push({
            item,
            answer: (change) => resolve(aMessage({ client_id: item.clientId, text: item.text, ...change })),
            refuse: reject,
          });
        }),
      accepted: (message) => accepted.push(message),
      changed: (next) => (items = next),
      failure: asFailure,
      newId: () => `fresh-${(ids += 1)}`,
      now: () => now,
      random: () => 0,
    });
  const call = (index: number): Call => {
    const found = calls[index];
    if (!found) throw new Error(`call ${index} was not made`);
    return found;
  };
  return { outbox: make(), make, calls, call, accepted, items: () => items };
}

const item = (clientId: string, sessionId = 's1') => ({
  clientId,
  sessionId,
  customerId: `of-${sessionId}`,
  text: clientId,
  replyTo: null,
});

const settled = () => vi.advanceTimersByTimeAsync(0);

beforeEach(() => void vi.useFakeTimers());

describe('the outbox', () => {
  it('sends one at a time per session, in order, and sessions beside each other', async () => {
    const { outbox, calls, call, items } = setUp();
    outbox.add(item('a'));
    outbox.add(item('b'));
    outbox.add(item('x', 's2'));
    expect(calls.map((one) => one.item.clientId)).toEqual(['a', 'x']);
    call(0).answer();
    await settled();
    expect(calls.map((one) => one.item.clientId)).toEqual(['a', 'x', 'b']);
    call(2).answer();
    call(1).answer();
    await settled();
    expect(items()).toEqual([]);
  });

  it('is settled by the event when that comes first', async () => {
    const { outbox, call, calls, items, accepted } = setUp();
    outbox.add(item('a'));
    outbox.settleAll([aMessage({ client_id: 'a' })]);
    expect(items()).toEqual([]);
    call(0).answer();
    await settled();
    expect(items()).toEqual([]);
    expect(accepted).toHaveLength(1);
    expect(calls).toHaveLength(1);
  });

  it('is settled by the event even when the answer is lost', async () => {
    const { outbox, call, calls, items } = setUp();
    outbox.add(item('a'));
    outbox.settle('a');
    call(0).refuse(new Failure('network'));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(items()).toEqual([]);
    expect(calls).toHaveLength(1);
  });

  it('repeats with the same id after a loss, holding back what comes after', async () => {
    const { outbox, call, calls, items } = setUp();
    outbox.add(item('a'));
    outbox.add(item('b'));
    call(0).refuse(new Failure('network'));
    await settled();
    expect(items().map((one) => one.state)).toEqual(['queued', 'queued']);
    expect(calls).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(calls.map((one) => one.item.clientId)).toEqual(['a', 'a']);
    call(1).refuse(new Failure('busy', 503));
    await settled();
    outbox.kick();
    expect(calls.map((one) => one.item.clientId)).toEqual(['a', 'a', 'a']);
  });

  it('waits as long as the server asks', async () => {
    const { outbox, call, calls } = setUp();
    outbox.add(item('a'));
    call(0).refuse(new Failure('too_many_attempts', 429, { retry_after: 7 }));
    await vi.advanceTimersByTimeAsync(6_900);
    expect(calls).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(200);
    expect(calls).toHaveLength(2);
  });

  it('shows a refusal with its reason, lets the next go, and sends it again on demand', async () => {
    const { outbox, call, calls, items } = setUp();
    outbox.add(item('a'));
    outbox.add(item('b'));
    call(0).refuse(new Failure('not_assignee', 403));
    await settled();
    expect(items()[0]).toMatchObject({ clientId: 'a', state: 'failed', problem: 'not_assignee' });
    expect(calls[1]?.item.clientId).toBe('b');
    call(1).answer();
    await settled();
    outbox.retry('a');
    expect(calls[2]?.item.clientId).toBe('a');
    call(2).answer();
    await settled();
    expect(items()).toEqual([]);
  });

  it('takes a new id when the old one belongs to another message', async () => {
    const { outbox, call, calls, items } = setUp();
    outbox.add(item('a'));
    call(0).refuse(new Failure('idempotency_conflict', 409));
    await settled();
    outbox.retry('a');
    expect(calls[1]?.item.clientId).toBe('fresh-1');
    call(1).answer();
    await settled();
    expect(items()).toEqual([]);
    expect(outboxStorage('me').load()).toEqual([]);
  });

  it('can be discarded', async () => {
    const { outbox, call, items } = setUp();
    outbox.add(item('a'));
    call(0).refuse(new Failure('session_ended', 409));
    await settled();
    outbox.discard('a');
    expect(items()).toEqual([]);
    expect(outboxStorage('me').load()).toEqual([]);
  });

  it('survives a reload in order, and sends what was under way with the same id', async () => {
    const first = setUp();
    for (const name of ['a', 'b', 'c']) first.outbox.add(item(name));
    const second = setUp();
    second.outbox.restore();
    expect(second.items().map((one) => one.clientId)).toEqual(['a', 'b', 'c']);
    expect(second.calls.map((one) => one.item.clientId)).toEqual(['a']);
  });

  it('asks before it sends what was written long ago', () => {
    const first = setUp(0);
    first.outbox.add(item('a'));
    const second = setUp(STALE_AFTER + 10);
    second.outbox.restore();
    expect(second.items()[0]).toMatchObject({ state: 'failed', problem: 'stale' });
    expect(second.calls).toHaveLength(0);
  });

  it('keeps everything and sends nothing once signed out', async () => {
    const { outbox, call, calls, items } = setUp();
    outbox.add(item('a'));
    outbox.add(item('b'));
    call(0).refuse(new Failure('signed_in_elsewhere', 401));
    await vi.advanceTimersByTimeAsync(60_000);
    outbox.kick();
    expect(calls).toHaveLength(1);
    expect(items().map((one) => one.state)).toEqual(['queued', 'queued']);
    expect(outboxStorage('me').load()).toHaveLength(2);
  });

  it('keeps the members of one browser apart', () => {
    setUp().outbox.add(item('a'));
    expect(outboxStorage('somebody else').load()).toEqual([]);
  });
});
