// The same cases as the server's own: both must find the same.
import { describe, expect, it } from 'vitest';
import { asked, isFound } from '../src/store/search';
import { aCustomer } from './builders';

const called = (first_name: string, last_name: string, username: string | null = null) =>
  aCustomer({ first_name, last_name, username, telegram_id: 7_012_345 });

describe('a search', () => {
  const ana = called('Ana María 🌸', 'José-Luis', 'shop_lover');
  it.each([
    ['ana', true],
    ['ANA', true],
    ['mar', true],
    ['maria jo', true],
    ['jose ana', true],
    ['José', true],
    ['@shop_lover', true],
    ['lover', true],
    ['70123', true],
    ['aria', false],
    ['ana peter', false],
    ['🌸', false],
    ['', false],
  ])('for %j in a spaced name: %j', (q, expected) => expect(isFound(ana, asked(q))).toBe(expected));

  it.each([
    ['王', true],
    ['小', true],
    ['明', true],
    ['小明', true],
    ['王小明', true],
    ['明小', false],
    ['王明', false],
  ])('for %j in a dense one: %j', (q, expected) => expect(isFound(called('王小明', ''), asked(q))).toBe(expected));

  it('reads mixed scripts', () => {
    const kim = called('김철수Kim', '');
    expect(isFound(kim, asked('철수')) && isFound(kim, asked('kim'))).toBe(true);
    expect(isFound(called('Петр', ''), asked('Пётр')) && isFound(called('ПЁТР', ''), asked('петр'))).toBe(true);
  });
});
