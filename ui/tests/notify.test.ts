import { beforeEach, describe, expect, it, vi } from 'vitest';
import { notifyMessage, notifySessions } from '../src/app/notify';
import { account } from '../src/store/account.svelte';
import { entities } from '../src/store/entities.svelte';
import { aCustomer, aMe, aMessage, aSession } from './builders';

const shown = vi.fn();
let rung = 0;

const notification = Object.assign(
  vi.fn(function (title: string, options: { body: string }) {
    shown(title, options.body);
  }),
  { permission: 'granted' },
);

const all = { sound: true, browser: true, new_session: true, new_message: true };
const known = new Map();

beforeEach(() => {
  shown.mockClear();
  rung = 0;
  notification.permission = 'granted';
  vi.stubGlobal('Notification', notification);
  vi.stubGlobal(
    'AudioContext',
    vi.fn(function () {
      rung += 1;
      throw new Error('no device');
    }),
  );
  vi.spyOn(document, 'hasFocus').mockReturnValue(false);
  account.me = aMe({ notifications: all });
  entities.clear();
});

describe('notifications', () => {
  it('tell of a session that became mine, once', () => {
    const session = aSession({ taken_up_at: null });
    notifySessions([session], known);
    expect(shown).toHaveBeenCalledExactlyOnceWith('New session', 'Sofia Marchetti');
    notifySessions([session], new Map([[session.id, session]]));
    notifySessions([aSession({ taken_up_at: null, assignee: { id: 'other', name: 'Ben' } })], known);
    notifySessions([aSession()], known);
    expect(shown).toHaveBeenCalledOnce();
    expect(rung).toBe(1);
  });

  it('tell of what a customer wrote', () => {
    entities.putCustomers([aCustomer({ id: 'customer' })]);
    notifyMessage(aMessage({ text: 'Hello?' }));
    expect(shown).toHaveBeenCalledExactlyOnceWith('Sofia Marchetti', 'Hello?');
  });

  it('are as the member wants them', () => {
    const session = () => [aSession({ taken_up_at: null })];
    account.me = aMe({ notifications: { ...all, new_session: false } });
    notifySessions(session(), known);
    expect([shown.mock.calls.length, rung]).toEqual([0, 0]);
    account.me = aMe({ notifications: { ...all, sound: false } });
    notifySessions(session(), known);
    expect([shown.mock.calls.length, rung]).toEqual([1, 0]);
    account.me = aMe({ notifications: { ...all, browser: false } });
    notifySessions(session(), known);
    expect([shown.mock.calls.length, rung]).toEqual([1, 1]);
  });

  it('leave who looks at the page, and a browser that forbids them, alone', () => {
    notification.permission = 'denied';
    notifySessions([aSession({ taken_up_at: null })], known);
    notification.permission = 'granted';
    vi.spyOn(document, 'hasFocus').mockReturnValue(true);
    notifySessions([aSession({ taken_up_at: null })], known);
    expect(shown).not.toHaveBeenCalled();
  });
});
