import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Failure } from '../src/api/failure';
import { OPERATIONS, type Operations } from '../src/api/projects';
import type { Project } from '../src/api/types';
import { saveOnTop } from '../src/console/projects/edit';
import { sorted, turned } from '../src/console/projects/list';
import {
  alike,
  cell,
  compact,
  operationName,
  withCell,
  withEveryone,
  withMember,
  withoutMember,
} from '../src/console/projects/operations';
import { entities } from '../src/store/entities.svelte';
import { aProject } from './builders';

const newest = vi.hoisted(() => ({ project: null as Project | null }));
vi.mock('../src/api/projects', async (original) => ({
  ...(await original<object>()),
  getProject: () => Promise.resolve(newest.project),
}));

beforeEach(() => entities.clear());
afterEach(() => entities.clear());

describe('the list of projects', () => {
  const health = (state: Project['health']['state'], last_update_at: number | null) => ({
    ...aProject().health,
    state,
    last_update_at,
  });
  const shop = aProject({ id: '1', name: 'Shop', health: health('ok', 30) });
  const bank = aProject({ id: '2', name: 'Bank', health: health('token_rejected', 10) });
  const cafe = aProject({ id: '3', name: 'Café', health: health('rate_limited', null) });
  const old = aProject({ id: '4', name: 'Abacus', state: 'archived', health: health('ok', 40) });
  const names = (projects: Project[]) => projects.map((project) => project.name);

  it.each([
    ['name', false, ['Bank', 'Café', 'Shop', 'Abacus']],
    ['name', true, ['Shop', 'Café', 'Bank', 'Abacus']],
    ['health', false, ['Bank', 'Café', 'Shop', 'Abacus']],
    ['last_update', false, ['Shop', 'Bank', 'Café', 'Abacus']],
  ] as const)('by %s, turned: %s', (by, down, expected) => {
    expect(names(sorted([old, shop, bank, cafe], { by, down }))).toEqual(expected);
  });

  it('turns with the second click, and begins anew with another column', () => {
    const once = turned({ by: 'health', down: true }, 'name');
    expect(once).toEqual({ by: 'name', down: false });
    expect(turned(once, 'name')).toEqual({ by: 'name', down: true });
  });
});

describe('permissions', () => {
  const all: Operations = {
    version: 1,
    operations: Object.fromEntries(OPERATIONS.map((operation) => [operation, true])) as Operations['operations'],
    exceptions: [{ member_id: 'anna', operations: { end: false } }],
  };

  it('say of each cell whether it is an exception', () => {
    expect(cell(all, 'anna', 'end')).toBe('no');
    expect(cell(all, 'anna', 'edit')).toBe('as_everyone');
    expect(cell(all, 'ben', 'end')).toBe('as_everyone');
    expect(cell(withCell(all, 'anna', 'edit', 'yes'), 'anna', 'edit')).toBe('yes');
    expect(withCell(all, 'anna', 'end', 'as_everyone').exceptions).toEqual([{ member_id: 'anna', operations: {} }]);
  });

  it('keep an empty column in the form and send none', () => {
    const empty = withMember(all, 'ben');
    expect(empty.exceptions).toHaveLength(2);
    expect(withMember(empty, 'ben')).toBe(empty);
    expect(compact(empty).exceptions).toHaveLength(1);
    expect(alike(empty, all)).toBe(true);
    expect(alike(withoutMember(all, 'anna'), all)).toBe(false);
    expect(alike(withEveryone(all, 'end', false), all)).toBe(false);
    expect(alike(withEveryone(withEveryone(all, 'end', false), 'end', true), all)).toBe(true);
  });

  it('have words for every operation', () => {
    expect(new Set(OPERATIONS.map(operationName)).size).toBe(OPERATIONS.length);
  });
});

describe('an edit of a project', () => {
  const stale = new Failure('stale_version', 412);

  /** A server that has `there`, and refuses every other version. */
  function server(there: Project) {
    newest.project = there;
    return vi.fn((current: Project) =>
      current.version === there.version
        ? Promise.resolve({ ...there, version: there.version + 1 })
        : Promise.reject(stale),
    );
  }

  it('is saved on top of a version that only its health made', async () => {
    const base = aProject({ version: 1 });
    const save = server(aProject({ version: 4, health: { ...base.health, last_update_at: 9 } }));
    expect((await saveOnTop(base, ['name'], save)).version).toBe(5);
    expect(save).toHaveBeenCalledTimes(2);
  });

  it('is refused when somebody else changed the same, and the newest is there to look at', async () => {
    const base = aProject({ version: 1 });
    const save = server(aProject({ version: 2, name: 'Theirs' }));
    await expect(saveOnTop(base, ['name'], save)).rejects.toBe(stale);
    expect(entities.projects.get('p')?.name).toBe('Theirs');
    // Also when the event with their change had come before.
    await expect(saveOnTop(base, ['name'], save)).rejects.toBe(stale);
    // What somebody else changed elsewhere is no hindrance.
    expect((await saveOnTop(base, ['transport'], save)).name).toBe('Theirs');
  });

  it('gives up when versions come faster than it can save', async () => {
    newest.project = aProject({ version: 7 });
    const save = vi.fn(() => Promise.reject(stale));
    await expect(saveOnTop(aProject({ version: 1 }), ['name'], save)).rejects.toBe(stale);
    expect(save).toHaveBeenCalledTimes(4);
  });

  it('passes on every other refusal', async () => {
    const refused = new Failure('forbidden', 403);
    await expect(saveOnTop(aProject(), ['name'], () => Promise.reject(refused))).rejects.toBe(refused);
  });
});
