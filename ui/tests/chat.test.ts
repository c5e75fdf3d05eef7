// What the chat offers, and when it warns; what stands in a customer's fields; notes in their order.
import { describe, expect, it } from 'vitest';
import type { CustomField, Note, Session } from '../src/api/types';
import { endsSoon } from '../src/features/chat/quiet';
import { verbsOf } from '../src/features/chat/verbs';
import { checked, linkOf, shownValue } from '../src/features/customer/fields';
import { receiverDot, transferText } from '../src/features/people/receiving';
import { duration } from '../src/lib/duration';
import { withNotes } from '../src/store/notes.svelte';
import { aCustomer, aProject, aSession } from './builders';

const agent = { id: 'me', permissions: ['sessions.serve' as const] };
const lead = { id: 'me', permissions: ['sessions.serve' as const, 'sessions.assign' as const] };
const other = { id: 'boris', name: 'Boris' };
const offered = (
  change: Partial<Session>,
  me: typeof agent | typeof lead = agent,
  operations: Record<string, boolean> = {},
) => [...verbsOf({ session: aSession(change), me, project: aProject({ operations }) })].join(' ');

describe('the toolbar', () => {
  it('offers the assignee what is theirs', () => {
    expect(offered({})).toBe('transfer end tags return');
    expect(offered({}, lead)).toBe('transfer end tags return');
  });

  it('offers others nothing of it, and who leads the way to it', () => {
    expect(offered({ assignee: other })).toBe('tags');
    expect(offered({ assignee: other }, lead)).toBe('take_over tags assign return');
  });

  it('offers what waits to be taken', () => {
    const waiting = { state: 'waiting', assignee: null } as const;
    expect(offered(waiting)).toBe('take tags');
    expect(offered(waiting, lead)).toBe('take tags assign');
  });

  it('offers to open again what has ended, unless the customer is back', () => {
    expect(offered({ state: 'ended' })).toBe('reopen tags');
    const session = aSession({ state: 'ended' });
    expect([...verbsOf({ session, me: agent, project: aProject(), elsewhere: true })]).toEqual(['tags']);
  });

  it('offers nothing that the project refuses', () => {
    const refused = { transfer: false, end: false, edit_tags: false, reopen: false };
    expect(offered({}, agent, refused)).toBe('');
    expect(offered({}, lead, refused)).toBe('assign return');
    expect(offered({ state: 'ended' }, agent, refused)).toBe('');
  });
});

describe('the end by itself', () => {
  const NOW = 1_000_000_000;
  const soon = (left: number, minutes: number | null = 1440, state: Session['state'] = 'open') =>
    endsSoon({ state, quiet_at: NOW + left }, aProject({ quiet_minutes: minutes }), NOW) !== null;

  it('is said a quarter of an hour before, or a quarter of the quiet time', () => {
    expect([soon(15 * 60_000), soon(15 * 60_000 + 1)]).toEqual([true, false]);
    expect([soon(60_000, 4), soon(60_001, 4)]).toEqual([true, false]);
  });

  it('is not said of what does not end, or is past it', () => {
    expect([soon(0), soon(60_000, 1440, 'ended'), soon(60_000, 1440, 'waiting')]).toEqual([false, false, false]);
    expect(endsSoon({ state: 'open', quiet_at: null }, undefined, NOW)).toBeNull();
  });
});

describe('a field of a customer', () => {
  const field = (kind: CustomField['kind'], choices: string[] = []) => ({ kind, choices });
  const fault = { fault: 'bad_format' };

  it.each([
    ['text', ' Gold ', { value: 'Gold' }],
    ['text', '  ', { value: null }],
    ['text', 'x'.repeat(501), { fault: 'too_long' }],
    ['number', '1 234,5', { value: '1234.5' }],
    ['number', '-3', { value: '-3' }],
    ['number', '12 pieces', fault],
    ['number', '1e9', fault],
    ['date', '2026-02-28', { value: '2026-02-28' }],
    ['date', '2026-02-30', fault],
    ['date', '28.02.2026', fault],
    ['link', 'example.org/a', { value: 'https://example.org/a' }],
    ['link', 'http://example.org', { value: 'http://example.org/' }],
    ['link', 'javascript:alert(1)', fault],
    ['link', 'nothing', fault],
  ] as const)('of kind %s: %s', (kind, typed, expected) => expect(checked(field(kind), typed)).toEqual(expected));

  it('of choices has one of them', () => {
    expect(checked(field('choice', ['A', 'B']), 'B')).toEqual({ value: 'B' });
    expect(checked(field('choice', ['A', 'B']), 'C')).toEqual(fault);
  });

  it('is shown as people read it', () => {
    const clock = { locale: 'en-GB', timeZone: 'Asia/Tokyo' };
    expect(shownValue(field('date'), '2026-03-01', clock)).toBe('1 Mar 2026');
    expect(shownValue(field('number'), '1234567.5', clock)).toBe('1,234,567.5');
    expect(shownValue(field('link'), 'https://example.org/', clock)).toBe('example.org');
    expect(shownValue(field('date'), 'soon', clock)).toBe('soon');
    expect(linkOf('example.org:8080/x')).toBe('https://example.org:8080/x');
  });
});

describe('a duration', () => {
  it.each([
    [0, '0s'],
    [41_000, '41s'],
    [5 * 60_000 + 30_000, '5m'],
    [2 * 3_600_000 + 10 * 60_000, '2h 10m'],
    [3 * 86_400_000 + 4 * 3_600_000, '3d 4h'],
    [86_400_000, '1d'],
  ])('%d', (ms, words) => expect(duration(ms, 'en')).toBe(words));
});

describe('notes', () => {
  const note = (id: string, at: number, more: Partial<Note> = {}): Note => ({
    id,
    customer_id: 'c',
    project_id: 'p',
    author: other,
    text: id,
    mentions: [],
    pictures: [],
    pinned: false,
    at,
    edited_at: null,
    deleted: false,
    version: 1,
    ...more,
  });
  const ids = (all: readonly Note[]) => all.map(({ id }) => id);

  it('stand newest first, pinned ones on top', () => {
    const all = withNotes([], [note('old', 1, { pinned: true }), note('new', 3), note('middle', 2)]);
    expect(ids(all)).toEqual(['old', 'new', 'middle']);
  });

  it('are the newer copy, and gone once deleted', () => {
    const known = withNotes([], [note('a', 1, { version: 3, text: 'newer' }), note('b', 2)]);
    expect(withNotes(known, [note('a', 1, { version: 2, text: 'older' })]).find(({ id }) => id === 'a')?.text).toBe(
      'newer',
    );
    expect(ids(withNotes(known, [note('b', 2, { version: 2, deleted: true })]))).toEqual(['a']);
  });
});

describe('what the customer is told of a transfer', () => {
  const speaks = (language: string | null) => aCustomer({ language });

  it('are the project’s words', () => {
    expect(transferText(aProject({ transfer_text: ' One moment. ' }), speaks('ru'))).toBe('One moment.');
  });

  it('are ours in their language where we have it, and else in the portal’s', () => {
    expect(transferText(aProject(), speaks('ru'))).toContain('коллеге');
    expect(transferText(aProject(), speaks('zh-hans'))).toContain('同事');
    expect(transferText(aProject(), speaks('it'))).toContain('colleague');
    expect(transferText(undefined, speaks(null))).toContain('colleague');
  });
});

it('a colleague who is online and connected has a green dot', () => {
  expect(receiverDot({ status: 'online', connected: true })).toBe('bg-ok');
  expect(receiverDot({ status: 'online', connected: false })).toBe('bg-away');
  expect(receiverDot({ status: 'busy', connected: true })).toBe('bg-busy');
});
