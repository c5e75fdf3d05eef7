import { describe, expect, it } from 'vitest';
import { placed } from '../src/store/history.svelte';
import { rowsOf } from '../src/store/order';
import { aMessage, aSession } from './builders';

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

  it('hold what belongs there, in the order the server pages it', () => {
    expect(ids(rowsOf(all, 'mine', 'me', null, null))).toEqual(ids([mine, elsewhere]));
    expect(ids(rowsOf(all, 'waiting', 'me', null, null))).toEqual(ids([first, second]));
    expect(ids(rowsOf(all, 'all', 'me', null, null))).toEqual(ids([first, theirs, mine, second, elsewhere]));
    expect(ids(rowsOf(all, 'all', 'me', 'project-2', null))).toEqual(ids([elsewhere]));
  });

  it('end where the pages loaded end', () => {
    expect(ids(rowsOf(all, 'all', 'me', null, mine))).toEqual(ids([first, theirs, mine]));
    expect(ids(rowsOf(all, 'waiting', 'me', null, first))).toEqual(ids([first]));
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
