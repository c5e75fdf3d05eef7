import { afterEach, describe, expect, it, vi } from 'vitest';
import { redirect, type Standing } from '../src/app/guards';
import { actionOf } from '../src/app/shortcuts';
import { slugOf } from '../src/features/login/slug';
import { backoff } from '../src/lib/backoff';
import { customerName, HUES, hueOf, initials } from '../src/lib/names';
import { uuid } from '../src/lib/uuid';
import { aCustomer } from './builders';

afterEach(() => vi.restoreAllMocks());

it.each([
  ['Sofia Marchetti', 'SM'],
  ['Ольга', 'О'],
  ['李 娜', '李娜'],
  ['🌸 Yuki', '🌸Y'],
  ['Ana (VIP)', 'AV'],
  ['John 🎸', 'J'],
  ['', '?'],
])('the initials of %s are %s', (name, letters) => expect(initials(name)).toBe(letters));

it('names a customer by what there is', () => {
  expect(customerName(aCustomer({ first_name: '', last_name: undefined, username: 'x_y' }))).toBe('@x_y');
  expect(customerName(aCustomer({ first_name: '', last_name: undefined, username: undefined, telegram_id: 7 }))).toBe(
    '7',
  );
});

it('gives a person one colour for ever', () => {
  expect(hueOf('a')).toBe(hueOf('a'));
  const hues = new Set(Array.from({ length: 200 }, (_, index) => hueOf(`customer-${index}`)));
  expect(hues.size).toBe(HUES);
});

it.each([
  ['Northwind Trading Co.', 'northwind-trading-co'],
  ['Лавка «Северный ветер»', 'lavka-severnyy-veter'],
  ['Café Ünïté', 'cafe-unite'],
  ['北风', ''],
  ['--a  b--', 'a-b'],
])('the address name of %s is %s', (name, slug) => expect(slugOf(name)).toBe(slug));

describe('an id', () => {
  const shape = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

  it('is a UUID, on plain http too', () => {
    expect(uuid()).toMatch(shape);
    vi.stubGlobal('crypto', { getRandomValues: (bytes: Uint8Array) => bytes.map((_, index) => index * 17) });
    expect(uuid()).toMatch(shape);
    vi.unstubAllGlobals();
  });
});

it('waits between 1 and 30 seconds, at random', () => {
  for (let attempt = 0; attempt < 40; attempt += 1) {
    expect(backoff(attempt, () => 0)).toBe(1_000);
    expect(backoff(attempt, () => 1)).toBeLessThanOrEqual(30_000);
  }
  expect(backoff(20, () => 1)).toBe(30_000);
});

describe('where one may be', () => {
  const at = (path: string, change: Partial<Standing> = {}) =>
    redirect({
      path,
      phase: 'signed_out',
      site: { setup_needed: false, workspace: { slug: 'team', name: 'Team' }, version: '1' },
      lastSlug: null,
      ...change,
    });
  const bare = { site: { setup_needed: true, workspace: null, version: '1' } };

  it('is the set-up until it is done, and not after', () => {
    expect(at('/inbox', bare)).toBe('/setup');
    expect(at('/w/team', bare)).toBe('/setup');
    expect(at('/setup', bare)).toBeNull();
    expect(at('/setup')).toBe('/');
  });

  it('is the login without a login, at the workspace last used', () => {
    expect(at('/inbox/1')).toBe('/');
    expect(at('/inbox/1', { lastSlug: 'team' })).toBe('/w/team');
    expect(at('/')).toBeNull();
    expect(at('/w/team')).toBeNull();
    expect(at('/', { site: { setup_needed: false, workspace: null, version: '1' } })).toBe('/login');
  });

  it('is inside with one', () => {
    expect(at('/', { phase: 'signed_in' })).toBe('/inbox');
    expect(at('/w/team', { phase: 'signed_in' })).toBe('/inbox');
    expect(at('/settings', { phase: 'signed_in' })).toBeNull();
    expect(at('/setup', { phase: 'signed_in' })).toBe('/welcome');
  });

  it('is where one is while nobody knows yet', () => {
    expect(at('/inbox', { phase: 'starting', site: null })).toBeNull();
  });
});

describe('keys', () => {
  const press = (init: KeyboardEventInit, on: Element = document.body) => {
    const event = new KeyboardEvent('keydown', { bubbles: true, cancelable: true, ...init });
    let found: string | null = null;
    const hear = (heard: Event) => (found = actionOf(heard as KeyboardEvent));
    on.addEventListener('keydown', hear);
    on.dispatchEvent(event);
    on.removeEventListener('keydown', hear);
    return found;
  };

  it('are places on the keyboard, whatever the layout writes there', () => {
    expect(press({ code: 'KeyJ', key: 'о' })).toBe('next');
    expect(press({ code: 'KeyE', key: 'у' })).toBe('end');
    expect(press({ code: 'Slash', key: ',', shiftKey: true })).toBe('help');
    expect(press({ code: 'Minus', key: '?', shiftKey: true })).toBe('help');
  });

  it('belong to a field while one types in it, but for those with Alt', () => {
    const field = document.body.appendChild(document.createElement('textarea'));
    expect(press({ code: 'KeyE', key: 'e' }, field)).toBeNull();
    expect(press({ code: 'Slash', key: '?', shiftKey: true }, field)).toBeNull();
    expect(press({ code: 'KeyJ', key: 'j', altKey: true }, field)).toBe('next');
    field.remove();
  });

  it('do nothing with Ctrl, in a dialog, or while characters are being composed', () => {
    expect(press({ code: 'KeyR', key: 'r', ctrlKey: true })).toBeNull();
    expect(press({ code: 'KeyJ', key: 'j', isComposing: true })).toBeNull();
    const dialog = document.body.appendChild(document.createElement('dialog'));
    const button = dialog.appendChild(document.createElement('button'));
    expect(press({ code: 'KeyE', key: 'e' }, button)).toBeNull();
    dialog.remove();
  });
});
