import { describe, expect, it } from 'vitest';
import { buildRows } from '../src/features/chat/rows';
import { expectedWords, reasonWords, waitingWords } from '../src/features/chat/words';
import type { Delivery, Message } from '../src/api/types';
import { aMessage } from './builders';

const NOW = Date.UTC(2026, 2, 2, 14, 5);
const clock = { locale: 'en-GB', timeZone: 'UTC' };
const expected = (left: number) => expectedWords(NOW + left, NOW, clock);

describe('when a reply goes out', () => {
  it('is not told when that is about now, or past', () => {
    expect([expected(2_000), expected(0), expected(-60_000)]).toEqual([null, null, null]);
  });

  it('counts down in fives, and in ones at the end', () => {
    expect(expected(2_001)).toBe('Goes out in about 3 seconds.');
    expect(expected(9_600)).toBe('Goes out in about 10 seconds.');
    expect([expected(10_001), expected(15_000)]).toEqual(Array(2).fill('Goes out in about 15 seconds.'));
    expect(expected(90_000)).toBe('Goes out in about 90 seconds.');
  });

  it('is a time of day when it is far away, and a date on another day', () => {
    expect(expected(90_001)).toBe('Goes out at 14:06.');
    expect(expected(86_400_000)).toBe('Goes out at 3 Mar 2026, 14:05.');
  });

  it('stands beside the reason, once', () => {
    const words = (reason: string | null, soon: string | null) => {
      const delivery: Delivery = { state: 'queued', reason };
      return waitingWords(reasonWords(delivery, null), delivery, soon);
    };
    expect(words(null, 'Goes out at 14:06.')).toBe('Goes out at 14:06.');
    expect(words('rate_limited', 'Goes out at 14:06.')).toBe('Telegram asks us to slow down. Goes out at 14:06.');
    expect(words('rate_limited', null)).toBe('Telegram asks us to slow down. It goes out by itself.');
    expect(words('unreachable', 'Goes out at 14:06.')).toBe('Telegram can’t be reached. It goes out by itself.');
  });

  it('comes from the server while the reply waits, and else from Telegram’s own wish', () => {
    const at = (change: Partial<Message>) => {
      const messages = [aMessage({ direction: 'out', ...change })];
      const row = buildRows({ messages, pending: [], unreadFrom: null, clock }).find((one) => one.kind === 'bubble');
      return row?.kind === 'bubble' ? row.bubble.expectedAt : undefined;
    };
    const limited = { state: 'queued', reason: 'rate_limited', retry_at: 7 } as const;
    expect(at({ delivery: { state: 'queued' }, expected_at: 5 })).toBe(5);
    expect(at({ delivery: limited, expected_at: 5 })).toBe(5);
    expect(at({ delivery: limited })).toBe(7);
    expect(at({ delivery: { ...limited, reason: 'unreachable' } })).toBeNull();
    expect(at({ delivery: { state: 'sent' }, expected_at: 5 })).toBeNull();
  });
});
