import { describe, expect, it, vi } from 'vitest';
import { listSessions } from '../src/api/desk';
import type { SavedView } from '../src/api/views';
import type { Tab } from '../src/api/types';
import { keyOf, narrowings, NOTHING, queryOf, type Filter } from '../src/store/filter';
import { placed } from '../src/store/history.svelte';
import { List, lists } from '../src/store/lists.svelte';
import { rowsOf, type View } from '../src/store/order';
import { filterOf } from '../src/store/views.svelte';
import { aCustomer, aMessage, aSession } from './builders';

vi.mock('../src/api/desk');

const other = { id: 'chen', name: 'Chen' };

describe('the tabs', () => {
  const mine = aSession({ last_message_at: 300 });
  const theirs = aSession({ assignee: other, last_message_at: 400 });
  const first = aSession({ state: 'waiting', assignee: null, waiting_since: 10, last_message_at: 500 });
  const second = aSession({ state: 'waiting', assignee: null, waiting_since: 20, last_message_at: 50 });
  const ended = aSession({ state: 'ended' });
  const elsewhere = aSession({ project_id: 'project-2', last_message_at: 10 });
  const all = [mine, theirs, second, first, ended, elsewhere];
  const ids = (rows: { id: string }[]) => rows.map((row) => row.id);

  const rows = (tab: Tab, more: Partial<Filter> = {}, view: Partial<View> = {}) =>
    ids(rowsOf(all, { filter: { ...NOTHING, tab, project: null, ...more }, me: 'me', boundary: null, ...view }));

  it('hold what belongs there, in the order the server pages it', () => {
    expect(rows('mine')).toEqual(ids([mine, elsewhere]));
    expect(rows('waiting')).toEqual(ids([first, second]));
    expect(rows('all')).toEqual(ids([first, theirs, mine, second, elsewhere]));
    expect(rows('ended')).toEqual(ids([ended]));
    expect(rows('all', { project: 'project-2' })).toEqual(ids([elsewhere]));
  });

  it('are sorted as wanted', () => {
    expect(rows('waiting', { sort: 'last_message' })).toEqual(ids([first, second]));
    expect(rows('all', { sort: 'longest_waiting' }).slice(0, 2)).toEqual(ids([first, second]));
    expect(rows('all', { sort: 'longest_waiting', state: 'waiting' })).toEqual(ids([first, second]));
  });

  it('end where the pages loaded end', () => {
    expect(rows('all', {}, { boundary: mine })).toEqual(ids([first, theirs, mine]));
    expect(rows('waiting', {}, { boundary: first })).toEqual(ids([first]));
  });
});

describe('a filter', () => {
  const chen = { id: 'chen', name: 'Chen' };
  const sessions = [
    aSession({ id: 'a', tags: ['vip'], unread: 2, last_message_at: 5 }),
    aSession({ id: 'b', tags: ['refund', 'late'], assignee: chen, last_message_at: 4 }),
    aSession({ id: 'c', state: 'waiting', assignee: null, unread: 1, last_message_at: 3 }),
    aSession({
      id: 'd',
      customer: aCustomer({ first_name: 'Ｏlga', last_name: '', username: 'olga_k', tags: ['gold'] }),
      last_message_at: 2,
    }),
    aSession({ id: 'e', state: 'ended', assignee: chen, tags: ['vip'], last_message_at: 1 }),
  ];
  const found = (filter: Partial<Filter>, view: Partial<View> = {}) =>
    rowsOf(sessions, {
      filter: { ...NOTHING, tab: 'all', project: null, ...filter },
      me: 'me',
      boundary: null,
      ...view,
    })
      .map(({ id }) => id)
      .join('');

  it.each<[Partial<Filter>, string]>([
    [{}, 'abcd'],
    [{ tags: ['vip'] }, 'a'],
    [{ tags: ['vip', 'late'] }, 'ab'],
    [{ state: 'waiting' }, 'c'],
    [{ state: 'open' }, 'abd'],
    [{ assignee: 'me' }, 'ad'],
    [{ assignee: 'none' }, 'c'],
    [{ assignee: 'chen' }, 'b'],
    [{ assignee: 'chen', tab: 'ended' }, 'e'],
    [{ unread: true }, 'ac'],
    [{ unread: true, tags: ['vip', 'refund'] }, 'a'],
    [{ q: 'olga' }, 'd'],
    [{ q: ' OLGA ' }, 'd'],
    [{ q: '@olga_k' }, 'd'],
    [{ q: 'nobody' }, ''],
    [{ q: '5000000001' }, 'abcd'],
    [{ q: 'marchetti so' }, 'abc'],
    [{ q: 'archetti' }, ''],
    [{ q: '🌸' }, ''],
    [{ tags: ['gold'] }, 'd'],
  ])('%j finds %s', (filter, expected) => expect(found(filter)).toBe(expected));

  it('searches the customer as last heard of', () => {
    const renamed = aCustomer({ first_name: 'Zoe', last_name: '', username: null });
    expect(found({ q: 'zoe' }, { customerOf: () => renamed })).toBe('abcd');
  });

  it('keeps what is being read in the list of the unread', () => {
    expect(found({ unread: true }, { open: 'd' })).toBe('acd');
  });

  it('means only what makes sense under its tab', () => {
    expect(found({ tab: 'mine', state: 'waiting', assignee: 'chen' })).toBe('ad');
    expect(found({ tab: 'ended', unread: true, state: 'open' })).toBe('e');
    const set: Filter = {
      ...NOTHING,
      tab: 'all',
      project: null,
      tags: ['x'],
      state: 'open',
      assignee: 'me',
      unread: true,
    };
    expect(['all', 'mine', 'waiting', 'ended'].map((tab) => narrowings({ ...set, tab: tab as Tab }))).toEqual([
      4, 2, 2, 2,
    ]);
  });

  it('is asked for in the words of the API, and only where it narrows', () => {
    const usual: Filter = { ...NOTHING, tab: 'waiting', project: null };
    expect(queryOf(usual)).toEqual({ tab: 'waiting' });
    expect(queryOf({ ...usual, sort: 'longest_waiting' })).toEqual({ tab: 'waiting' });
    expect(
      queryOf({ ...usual, tab: 'all', sort: 'longest_waiting', tags: ['b', 'a'], unread: true, q: ' x ' }),
    ).toEqual({
      tab: 'all',
      sort: 'longest_waiting',
      tags: 'a,b',
      unread: true,
      q: 'x',
    });
  });

  it('has one key for what lists the same', () => {
    const usual: Filter = { ...NOTHING, tab: 'mine', project: 'p' };
    expect(keyOf({ ...usual, tags: ['a', 'b'] })).toBe(keyOf({ ...usual, tags: ['b', 'a'], state: 'open' }));
    expect(keyOf(usual)).not.toBe(keyOf({ ...usual, project: null }));
    expect(lists.get(usual)).toBe(lists.get({ ...usual, assignee: 'me' }));
    expect(lists.get(usual)).not.toBe(lists.get({ ...usual, q: 'x' }));
  });

  it('is what a saved view says, as far as it can still be shown', () => {
    const view = (filters: SavedView['filters']): SavedView => ({
      id: 'v',
      name: 'V',
      position: 1,
      version: 1,
      filters,
    });
    expect(filterOf(view({ tab: 'all', tags: ['a'], state: null }), () => true)).toEqual({
      ...NOTHING,
      tab: 'all',
      project: null,
      tags: ['a'],
    });
    expect(filterOf(view({ tab: 'mine', project: 'gone' }), () => false).project).toBeNull();
    expect(filterOf(view({ tab: 'all', state: 'ended' }), () => true).state).toBeNull();
    expect(filterOf(view({ tab: 'nonsense' as Tab }), () => true).tab).toBe('all');
  });
});

describe('of thousands of sessions a list', () => {
  it('wants to know those that it shows', async () => {
    const filter: Filter = { ...NOTHING, tab: 'all', project: null };
    const [top, last] = [aSession({ last_message_at: 200 }), aSession({ last_message_at: 100 })];
    vi.mocked(listSessions).mockResolvedValue({ items: [top, last], next: 'cursor', as_of: '1' });
    const list = new List(filter);
    expect(list.wants(top, 'me')).toBe(false);
    const loading = list.load();
    // A page under way may be older than the event.
    expect(list.wants(aSession({ last_message_at: 1 }), 'me')).toBe(true);
    await loading;
    expect(list.wants(aSession({ last_message_at: 300 }), 'me')).toBe(true);
    expect(list.wants(aSession({ last_message_at: 50 }), 'me')).toBe(false);
    expect(list.wants(aSession({ last_message_at: 300, state: 'ended' }), 'me')).toBe(false);
  });
});

describe('a history', () => {
  it('puts each message in its place once, the newest copy of it', () => {
    const [a, b, c] = [aMessage(), aMessage(), aMessage()];
    const result = placed([a, c], [b, { ...a, version: 2, text: 'edited' }, { ...c, version: 0 }]);
    expect(result.map((message) => [message.id, message.version])).toEqual([
      [a.id, 2],
      [b.id, 1],
      [c.id, 1],
    ]);
    expect(placed(result, [a, b])).toBe(result);
  });
});
