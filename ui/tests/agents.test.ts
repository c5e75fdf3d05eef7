import { describe, expect, it } from 'vitest';
import type { Account } from '../src/api/members';
import { Failure } from '../src/api/failure';
import { changedFields, changeOf, draftOf, emptyDraft, rebase, wireOf, type Draft } from '../src/console/agents/draft';
import { agents } from '../src/console/agents/list.svelte';
import { csvOf, textOf } from '../src/console/agents/csv';
import { attemptWords, endWords } from '../src/console/agents/logins';
import { fieldValue, invitationWords, projectsOf, projectWords } from '../src/console/agents/words';
import { consolePlaces } from '../src/console/places';
import { goneWords } from '../src/features/invitation/gone';
import { endOfDay } from '../src/lib/time';
import { Paged } from '../src/store/paged.svelte';

const utc = { locale: 'en-GB', timeZone: 'UTC' };
const names = new Map([
  ['a', { name: 'Shop' }],
  ['b', { name: 'Help' }],
]);

function anAccount(change: Partial<Account> = {}): Account {
  return {
    id: 'anna',
    name: 'Anna',
    login_name: 'anna',
    email: null,
    role: 'agent',
    state: 'active',
    status: 'online',
    limit: 3,
    open_sessions: 0,
    sees_no_project: false,
    all_projects: false,
    projects: ['a'],
    version: 1,
    avatar: null,
    created_at: 0,
    last_seen_at: null,
    connected: false,
    expires_at: null,
    second_factor: false,
    locked_until: null,
    invitation: null,
    ...change,
  };
}

describe('the last day of an account', () => {
  it.each([
    ['UTC', '2026-03-01', '2026-03-02T00:00:00Z'],
    ['Asia/Shanghai', '2026-03-01', '2026-03-01T16:00:00Z'],
    ['America/New_York', '2026-12-31', '2027-01-01T05:00:00Z'],
    // The clocks are changed on this day, and on the one after that.
    ['Europe/Berlin', '2026-03-29', '2026-03-29T22:00:00Z'],
    ['Europe/Berlin', '2026-10-25', '2026-10-25T23:00:00Z'],
  ])('ends in %s with %s', (timeZone, day, moment) => {
    const clock = { locale: 'en', timeZone };
    const at = endOfDay(day, clock);
    expect(new Date(at).toISOString()).toBe(moment.replace('Z', '.000Z'));
    expect(draftOf(anAccount({ expires_at: at }), clock).expires).toBe(day);
  });
});

describe('an edit', () => {
  const base = draftOf(anAccount(), utc);

  it('sends only what was changed', () => {
    expect(changeOf(base, { ...base }, utc)).toEqual({});
    expect(changeOf(base, { ...base, name: ' Anna B ', email: 'a@b.c' }, utc)).toEqual({
      name: 'Anna B',
      email: 'a@b.c',
    });
    expect(changeOf({ ...base, email: 'a@b.c', expires: '2026-03-01' }, base, utc)).toEqual({
      email: null,
      expires_at: null,
    });
    expect(changeOf(base, { ...base, expires: '2026-03-01' }, utc)).toEqual({ expires_at: Date.UTC(2026, 2, 2) });
  });

  it('does not take another order of projects for a change', () => {
    const two: Draft = { ...base, projects: ['b', 'a'] };
    expect(changedFields(two, { ...two, projects: ['a', 'b'] })).toEqual([]);
    expect(changedFields(two, { ...two, projects: 'all' })).toEqual(['projects']);
  });

  it('keeps what was typed on top of what somebody else changed', () => {
    const mine: Draft = { ...base, name: 'Anna Mine' };
    const newer: Draft = { ...base, name: 'Anna Theirs', role: 'supervisor' };
    expect(rebase(base, newer, mine)).toEqual({
      draft: { ...newer, name: 'Anna Mine' },
      news: ['name', 'role'],
      theirs: ['name'],
    });
  });

  it('is no conflict when both typed the same, or nothing of it was touched', () => {
    const both: Draft = { ...base, name: 'Anna Both' };
    expect(rebase(base, both, both).theirs).toEqual([]);
    expect(rebase(base, base, both)).toEqual({ draft: both, news: [], theirs: [] });
  });

  it('begins with all projects and the usual limit', () => {
    expect(wireOf({ ...emptyDraft(), name: 'N', login_name: 'n' }, utc)).toEqual({
      name: 'N',
      login_name: 'n',
      email: null,
      role: 'agent',
      projects: 'all',
      limit: 3,
      expires_at: null,
    });
  });
});

describe('words', () => {
  it('name few projects and count many, and those nobody may name', () => {
    expect(projectWords('all', names)).toBe('All projects');
    expect(projectWords([], names)).toBe('No project');
    expect(projectWords(['a', 'b'], names)).toBe('Help, Shop');
    expect(projectWords(['a', 'gone'], names)).toBe('2 projects');
  });

  it('say that administrators see everything', () => {
    expect(projectsOf(anAccount({ role: 'admin', projects: [] }))).toBe('all');
    expect(projectsOf(anAccount({ projects: [] }))).toEqual([]);
  });

  it('say what became of an invitation', () => {
    const invitation = {
      kind: 'invitation' as const,
      created_at: 0,
      expires_at: 1000,
      mailed_at: null,
      mail_error: null,
    };
    expect(invitationWords(anAccount(), 0, utc)).toBeNull();
    expect(invitationWords(anAccount({ state: 'invited' }), 0, utc)).toContain('make a new one');
    expect(invitationWords(anAccount({ state: 'invited', invitation }), 500, utc)).toContain('until');
    expect(invitationWords(anAccount({ state: 'invited', invitation }), 1000, utc)).toContain('expired');
    expect(invitationWords(anAccount({ invitation: { ...invitation, kind: 'reset' } }), 0, utc)).toContain('password');
  });

  it('say a value as the form means it', () => {
    expect(fieldValue('expires', { ...emptyDraft(), expires: '2026-03-01' }, names, utc)).toBe('1 Mar 2026');
    expect(fieldValue('email', emptyDraft(), names, utc)).toBe('empty');
    expect(fieldValue('role', { ...emptyDraft(), role: 'admin' }, names, utc)).toBe('Administrator');
  });

  it('know every reason, and do not fail for a new one', () => {
    expect(endWords('replaced', 'now')).toBe('signed in elsewhere now');
    expect(endWords('eclipse', 'now')).toBe('ended now');
    expect(attemptWords('locked_out')).toContain('Locked');
    expect(attemptWords('eclipse')).toBe('Refused');
  });

  it.each([
    ['used', 'used before'],
    ['expired', 'expired'],
    ['revoked', 'withdrawn'],
    ['eclipse', 'not complete'],
  ])('say why a link is no use: %s', (reason, text) => {
    expect(goneWords(new Failure('invitation_gone', 410, { reason }))).toContain(text);
  });
});

describe('a list of people', () => {
  it('is read in whatever a spreadsheet saved', () => {
    const bytes = (...values: number[]) => new Uint8Array(values).buffer;
    expect(textOf(bytes(0xef, 0xbb, 0xbf, 0xc3, 0xa9))).toBe('é');
    expect(textOf(bytes(0xff, 0xfe, 0xe9, 0x00))).toBe('é');
    expect(textOf(bytes(0xfe, 0xff, 0x00, 0xe9))).toBe('é');
    expect(textOf(bytes(0xe9))).toBe('é');
  });

  it('is written so that no cell runs and none breaks out', () => {
    expect(csvOf([['=1+1', 'a,b', 'say "hi"', 'two\nlines']])).toBe('\'=1+1,"a,b","say ""hi""","two\nlines"\r\n');
  });
});

describe('the console', () => {
  it('offers what one may manage', () => {
    const hrefs = (...may: string[]) => consolePlaces((one) => may.includes(one)).map((place) => place.href);
    expect(hrefs()).toEqual([]);
    expect(hrefs('projects.manage')).toEqual(['/console/projects']);
    expect(hrefs('projects.manage', 'members.manage')).toHaveLength(3);
  });
});

describe('the list of agents', () => {
  it('is turned round by the same heading, and begins anew with another one', () => {
    expect(agents.sorting).toEqual({ by: 'name', down: false });
    agents.sort('name');
    expect(agents.sorting).toEqual({ by: 'name', down: true });
    agents.sort('last_seen');
    expect(agents.sorting).toEqual({ by: 'last_seen', down: true });
    agents.sort('last_seen');
    expect([agents.sorting.down, agents.query.reverse]).toEqual([false, true]);
  });
});

describe('a list by pages', () => {
  it('goes on where it ended, and ignores an answer that was overtaken', async () => {
    const waiting: ((answer: { items: number[]; next: string | null }) => void)[] = [];
    const asked: (string | null)[] = [];
    const list = new Paged<number>((cursor) => {
      asked.push(cursor);
      return new Promise((done) => waiting.push(done));
    });
    const first = list.load();
    const second = list.load();
    waiting[1]?.({ items: [1], next: 'p2' });
    waiting[0]?.({ items: [9], next: null });
    await Promise.all([first, second]);
    expect(list.items).toEqual([1]);
    const more = list.more();
    waiting[2]?.({ items: [2], next: null });
    await more;
    expect(list.items).toEqual([1, 2]);
    await list.more();
    expect(asked).toEqual([null, null, 'p2']);
  });

  it('keeps what it has when a page fails', async () => {
    let fail = false;
    const list = new Paged<number>(async () => {
      if (fail) throw new Failure('network');
      return { items: [1], next: 'p2' };
    });
    await list.load();
    fail = true;
    await list.more();
    expect([list.items, list.state, list.failure?.code]).toEqual([[1], 'failed', 'network']);
  });
});
