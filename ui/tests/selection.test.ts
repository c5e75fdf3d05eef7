import { describe, expect, it } from 'vitest';
import { reasonsOf, together } from '../src/features/inbox/outcome';
import { portions, rangeOf, Selection } from '../src/features/inbox/selection.svelte';

const shown = ['a', 'b', 'c', 'd', 'e'];

describe('a range', () => {
  it.each([
    ['b', 'd', 'bcd'],
    ['d', 'b', 'bcd'],
    ['c', 'c', 'c'],
    [null, 'c', 'c'],
    // It left the list meanwhile.
    ['x', 'c', 'c'],
    ['a', 'x', 'x'],
  ])('from %j to %j is %s', (from, to, expected) => expect(rangeOf(shown, from, to).join('')).toBe(expected));
});

describe('a selection', () => {
  const ticked = (selection: Selection) => [...selection.ids].sort().join('');

  it('ticks and unticks rows, and with shift all in between as the first stands', () => {
    const selection = new Selection();
    selection.start();
    selection.tick('b', false, shown);
    selection.tick('d', true, shown);
    expect(ticked(selection)).toBe('bcd');
    selection.tick('c', false, shown);
    expect(ticked(selection)).toBe('bd');
    selection.tick('e', true, shown);
    expect(ticked(selection)).toBe('b');
    selection.only(shown);
    expect(ticked(selection)).toBe('abcde');
    selection.stop();
    expect([selection.on, ticked(selection)]).toEqual([false, '']);
  });

  it('is sent in portions that the server takes', () => {
    expect(portions(shown, 2)).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
    expect(portions([], 2)).toEqual([]);
  });
});

describe('what came of it', () => {
  it('gathers refusals by their reason', () => {
    const refused = [
      { id: 'a', code: 'not_assignee' },
      { id: 'b', code: 'session_ended' },
      { id: 'c', code: 'not_assignee' },
    ];
    const reasons = reasonsOf(refused, (id) => id.toUpperCase());
    expect(reasons.map(({ names }) => names)).toEqual([['A', 'C'], ['B']]);
    expect(new Set(reasons.map(({ words }) => words)).size).toBe(2);
  });

  it('adds up over portions', () => {
    const one = { done: ['a'], refused: [{ id: 'b', code: 'session_ended' }] };
    expect(together([one, { done: ['c'], refused: [] }])).toEqual({ done: ['a', 'c'], refused: one.refused });
  });
});
