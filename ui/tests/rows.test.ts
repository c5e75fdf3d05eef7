import { describe, expect, it } from 'vitest';
import { buildRows, firstUnread, pendingBubble, type Row } from '../src/features/chat/rows';
import type { Message } from '../src/api/types';
import { aMessage } from './builders';

const clock = { locale: 'en-GB', timeZone: 'UTC' };
const noon = Date.parse('2026-03-18T12:00:00Z');
const anna = { id: 'me', name: 'Anna' };

const rowsOf = (messages: Message[], more: Partial<Parameters<typeof buildRows>[0]> = {}) =>
  buildRows({ messages, pending: [], unreadFrom: null, clock, ...more });
const shape = (rows: Row[]) =>
  rows.map((row) =>
    row.kind === 'bubble' ? `${row.first ? '[' : ''}${row.bubble.text}${row.last ? ']' : ''}` : row.kind,
  );

describe('the rows of a chat', () => {
  it('group by sender and minute', () => {
    const rows = rowsOf([
      aMessage({ text: 'a', at: noon }),
      aMessage({ text: 'b', at: noon + 20_000 }),
      aMessage({ text: 'c', at: noon + 61_000 }),
      aMessage({ text: 'd', at: noon + 62_000, direction: 'out', author: anna }),
      aMessage({ text: 'e', at: noon + 63_000, direction: 'out', author: { id: 'chen', name: 'Chen' } }),
    ]);
    expect(shape(rows)).toEqual(['day', '[a', 'b]', '[c]', '[d]', '[e]']);
  });

  it('separate days, and only forwards', () => {
    const rows = rowsOf([
      aMessage({ text: 'a', at: noon - 86_400_000 }),
      aMessage({ text: 'b', at: noon }),
      aMessage({ text: 'late clock', at: noon - 86_400_000 }),
      aMessage({ text: 'c', at: noon + 1000 }),
    ]);
    expect(shape(rows).filter((row) => row === 'day')).toHaveLength(2);
    expect(new Set(rows.map((row) => row.key)).size).toBe(rows.length);
  });

  it('draw the unread line above the first unread one', () => {
    const messages = [aMessage({ text: 'old', at: noon }), aMessage({ text: 'new', at: noon })];
    expect(shape(rowsOf(messages, { unreadFrom: messages[1]?.id ?? null }))).toEqual([
      'day',
      '[old]',
      'unread',
      '[new]',
    ]);
  });

  it('show a message once, whether pending or there, under one key', () => {
    const pending = [
      pendingBubble(
        {
          clientId: 'c1',
          sessionId: 's',
          customerId: 'c',
          customerName: 'Ana',
          text: 'mine',
          replyTo: null,
          at: noon,
          state: 'sending',
          problem: null,
          kept: true,
        },
        anna,
      ),
    ];
    const before = rowsOf([], { pending });
    const there = aMessage({ client_id: 'c1', direction: 'out', author: anna, text: 'mine', at: noon });
    const after = rowsOf([there], { pending });
    expect(shape(before)).toEqual(['day', '[mine]']);
    expect(shape(after)).toEqual(['day', '[mine]']);
    expect(before[1]?.key).toBe(after[1]?.key);
  });

  it('never have one key twice', () => {
    const rows = rowsOf([aMessage({ client_id: 'same' }), aMessage({ client_id: 'same' })]);
    expect(new Set(rows.map((row) => row.key)).size).toBe(rows.length);
  });
});

describe('the first unread', () => {
  it('counts only what the customer wrote', () => {
    const messages = [
      aMessage({ id: 'a' }),
      aMessage({ id: 'b' }),
      aMessage({ id: 'c', direction: 'out' }),
      aMessage({ id: 'd' }),
    ];
    expect(firstUnread(messages, 2)).toBe('b');
    expect(firstUnread(messages, 9)).toBe('a');
    expect(firstUnread(messages, 0)).toBeNull();
  });
});
