import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { Failure, failureOf } from '../src/api/failure';
import { codeWords, fieldWords, WORDED_CODES, WORDED_FIELD_CODES, words } from '../src/api/problems';
import { speak } from '../src/app/locale.svelte';
import { WORDED_REASONS } from '../src/features/chat/words';

const api = readFileSync('../docs/api.md', 'utf8');
const section = (from: string, to: string) => api.slice(api.indexOf(from), api.indexOf(to, api.indexOf(from)));
const codes = (text: string) => [...text.matchAll(/`([a-z_]+)`/g)].map((found) => found[1] ?? '');

afterEach(() => speak('en'));

describe('words', () => {
  const table = section('## Error codes', 'Field error codes')
    .split('\n')
    .filter((line) => /^\| \d/.test(line))
    .flatMap((line) => codes((line.split('|')[2] ?? '').replace(/\([^)]*\)/g, '')));

  it('are there for every code of the document', () => {
    expect(table.length).toBeGreaterThan(25);
    expect(table.filter((code) => !WORDED_CODES.includes(code))).toEqual([]);
  });

  it('are there for every field code and every delivery reason', () => {
    const fields = codes(section('Field error codes', '\n')).filter((code) => code !== 'errors');
    expect(fields.filter((code) => !WORDED_FIELD_CODES.includes(code))).toEqual([]);
    const reasons = codes(section('Delivery reasons:', '\n')).filter((code) => code !== 'retry_at');
    expect(reasons.length).toBeGreaterThan(5);
    expect(reasons.filter((code) => !WORDED_REASONS.includes(code))).toEqual([]);
  });

  it.each(['en', 'zh', 'ru'])('are sentences in %s', (locale) => {
    speak(locale);
    for (const code of WORDED_CODES) {
      expect(codeWords(code, { retry_after: 5 })).toMatch(/\S.*[.。]$/);
      expect(codeWords(code)).not.toContain('_');
    }
  });

  it('say how long to wait', () => {
    const wait = (seconds: number) => words(new Failure('too_many_attempts', 429, { retry_after: seconds }));
    expect(wait(1)).toBe('Too many attempts. Try again in 1 second.');
    expect(wait(600)).toBe('Too many attempts. Try again in 10 minutes.');
    speak('ru');
    expect(wait(22)).toContain('22 секунды');
    expect(wait(300)).toContain('5 минут.');
  });

  it('do not fail for a code of a newer server', () => {
    expect(codeWords('quantum_flux')).toBe(codeWords('unexpected'));
  });
});

describe('a failure', () => {
  it('is read from a problem', () => {
    const failure = failureOf(422, {
      code: 'invalid',
      errors: [{ field: 'owner.password', code: 'too_short', params: { min: 10 } }],
    });
    expect(fieldWords(failure)).toEqual({ 'owner.password': 'At least 10 characters.' });
    expect(failure.transient).toBe(false);
  });

  it('has a code even when the answer is no problem at all', () => {
    expect(failureOf(502, '<html>').code).toBe('busy');
    expect(failureOf(401, undefined).signedOut).toBe(true);
    expect(failureOf(418, null).code).toBe('unexpected');
    expect(failureOf(503, {}).transient).toBe(true);
  });
});
