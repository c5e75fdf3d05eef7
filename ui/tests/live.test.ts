// The whole way from the line to what is shown, with the server's answers and frames made by hand.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as desk from '../src/api/desk';
import { Failure } from '../src/api/failure';
import type { Session } from '../src/api/types';
import { loadList, startLive, stopLive } from '../src/app/live';
import { account } from '../src/store/account.svelte';
import { entities } from '../src/store/entities.svelte';
import { inbox } from '../src/store/inbox.svelte';
import { lists } from '../src/store/lists.svelte';
import { NOTHING, type Filter } from '../src/store/filter';
import { rowsOf } from '../src/store/order';
import { aMe, aSession } from './builders';

vi.mock('../src/api/desk');

class FakeLine {
  static all: FakeLine[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: string }) => void) | null = null;
  onclose: ((closing: { code: number }) => void) | null = null;
  constructor(readonly url: string) {
    FakeLine.all.push(this);
  }
  close(): void {
    this.onclose = null;
  }
  say(frame: object): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
}

const line = (): FakeLine => {
  const last = FakeLine.all[FakeLine.all.length - 1];
  if (!last) throw new Error('no line');
  return last;
};
const hello = (cursor: string) => line().say({ type: 'hello', cursor, version: '0', beat_seconds: 20 });
const tell = (cursor: string, ...sessions: Session[]) =>
  line().say({ type: 'events', cursor, events: sessions.map((session) => ({ kind: 'session', session })) });
const usual: Filter = { ...NOTHING, tab: 'mine', project: null };
const mine = () => rowsOf(entities.sessions.values(), { filter: usual, me: 'me', boundary: lists.get(usual).boundary });
const pass = (time = 400) => vi.advanceTimersByTimeAsync(time);

/** What the server answers a request for the list with from now on. */
function server(sessions: Session[], asOf: string): void {
  vi.mocked(desk.listSessions).mockResolvedValue({ items: sessions, next: null, as_of: asOf });
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('WebSocket', FakeLine);
  FakeLine.all = [];
  account.me = aMe();
  vi.mocked(desk.listProjects).mockResolvedValue([]);
  vi.mocked(desk.listMembers).mockResolvedValue([]);
  vi.mocked(desk.listDrafts).mockResolvedValue([]);
  vi.mocked(desk.countSessions).mockResolvedValue({ mine: 0, mine_unread: 0, waiting: 0, all: 0, ended: 0 });
  vi.mocked(desk.getMe).mockResolvedValue(aMe());
});
afterEach(() => {
  stopLive();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe('the portal', () => {
  it('takes a snapshot and follows from there', async () => {
    const one = aSession({ last_message_at: 10 });
    server([one], 'at-1');
    startLive(aMe());
    await pass();
    expect(line().url).toContain('after=at-1');
    const two = aSession({ last_message_at: 20 });
    tell('at-2', { ...one, version: 2, state: 'ended' }, two);
    hello('at-2');
    await pass();
    expect(mine().map((session) => session.id)).toEqual([two.id]);
    expect(inbox.line).toBe('live');
  });

  it('is not set back by a page older than an event', async () => {
    const one = aSession({ version: 5, state: 'ended' });
    server([], 'at-1');
    startLive(aMe());
    await pass();
    hello('at-1');
    tell('at-2', one);
    await pass();
    entities.putSessions([{ ...one, version: 4, state: 'open' }]);
    expect(mine()).toEqual([]);
  });

  it('tries again by itself when the first snapshot fails', async () => {
    vi.mocked(desk.listSessions).mockRejectedValueOnce(new Failure('network'));
    startLive(aMe());
    await pass(0);
    expect(inbox.line).toBe('waiting');
    const one = aSession();
    server([one], 'at-1');
    await pass(31_000);
    expect(mine().map((session) => session.id)).toEqual([one.id]);
    expect(line().url).toContain('after=at-1');
  });

  it('forgets what ended unseen when the gap was too long to be replayed', async () => {
    const gone = aSession();
    server([gone], 'at-1');
    startLive(aMe());
    await pass();
    hello('at-1');
    const fresh = aSession();
    server([fresh], 'at-900');
    line().say({ type: 'expired' });
    await pass();
    expect(line().url).toContain('after=at-900');
    hello('at-900');
    await pass();
    expect([...entities.sessions.keys()]).toEqual([fresh.id]);
  });

  it('drops what a change of rights took, but nothing that an event has just brought', async () => {
    const lost = aSession();
    server([lost], 'at-1');
    startLive(aMe());
    await pass();
    hello('at-1');
    let answer: (page: desk.SessionPage) => void = () => undefined;
    vi.mocked(desk.listSessions).mockReturnValue(new Promise((resolve) => (answer = resolve)));
    line().say({ type: 'events', cursor: 'at-2', events: [{ kind: 'resync' }] });
    await pass();
    const brought = aSession();
    tell('at-3', brought);
    await pass();
    answer({ items: [], next: null, as_of: 'at-2' });
    await pass();
    expect([...entities.sessions.keys()]).toEqual([brought.id]);
  });

  it('holds of the sessions of others only those that a list shows', async () => {
    const chen = { id: 'chen', name: 'Chen' };
    const last = aSession({ assignee: chen, last_message_at: 100 });
    vi.mocked(desk.listSessions).mockResolvedValue({ items: [last], next: 'more', as_of: 'at-1' });
    startLive(aMe());
    inbox.tab = 'all';
    loadList();
    await pass();
    hello('at-1');
    const [above, below] = [200, 50].map((at) => aSession({ assignee: chen, last_message_at: at }));
    const mine = aSession({ last_message_at: 10 });
    if (!above || !below) throw new Error('two were made');
    tell('at-2', above, below, mine);
    await pass();
    expect([...entities.sessions.keys()].sort()).toEqual([last.id, above.id, mine.id].sort());
    // What is held is kept up, wherever it stands now.
    tell('at-3', { ...above, version: 2, state: 'ended' });
    await pass();
    expect(entities.sessions.get(above.id)?.state).toBe('ended');
  });

  it('still knows what is mine after a gap, whichever list is shown', async () => {
    const other = aSession({ assignee: { id: 'chen', name: 'Chen' } });
    const fresh = aSession({ taken_up_at: null });
    vi.mocked(desk.listSessions).mockImplementation((query) =>
      Promise.resolve({ items: query['tab'] === 'mine' ? [fresh] : [other], next: null, as_of: 'at-1' }),
    );
    startLive(aMe());
    inbox.tab = 'all';
    await pass();
    hello('at-1');
    line().say({ type: 'expired' });
    await pass();
    hello('at-1');
    await pass();
    expect([...entities.sessions.keys()].sort()).toEqual([other.id, fresh.id].sort());
  });

  it('wipes a project whose rights were lost', async () => {
    const kept = aSession({ project_id: 'kept' });
    const lost = aSession({ project_id: 'lost' });
    server([kept, lost], 'at-1');
    startLive(aMe());
    await pass();
    hello('at-1');
    line().say({ type: 'events', cursor: 'at-2', events: [{ kind: 'project_forgotten', project_id: 'lost' }] });
    await pass();
    expect([...entities.sessions.keys()]).toEqual([kept.id]);
  });

  it('lets nothing of one login reach the next', async () => {
    let answer: (page: desk.SessionPage) => void = () => undefined;
    vi.mocked(desk.listSessions).mockReturnValue(new Promise((resolve) => (answer = resolve)));
    startLive(aMe());
    await pass();
    stopLive();
    answer({ items: [aSession()], next: null, as_of: 'at-1' });
    await pass();
    expect(entities.sessions.size).toBe(0);
    expect(FakeLine.all).toHaveLength(0);
  });
});
