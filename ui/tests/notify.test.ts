import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { NotificationWishes } from '../src/api/types';
import { able } from '../src/features/notifications/able.svelte';
import { FOR_GOOD } from '../src/features/notifications/quiet';
import * as sounds from '../src/features/notifications/sounds';
import { start, stop, tellMessage, tellNotification } from '../src/features/notifications/voice';
import { account } from '../src/store/account.svelte';
import { entities } from '../src/store/entities.svelte';
import { aCustomer, aMe, aMessage, aNotification } from './builders';

const shown = vi.fn();

const notification = Object.assign(
  vi.fn(function (title: string, options: { body: string; tag: string }) {
    shown(title, options.body);
  }),
  { permission: 'granted' },
);

const all: NotificationWishes = { sound: true, browser: true, new_session: true, new_message: true };
const wish = (change: Partial<NotificationWishes>) => {
  account.me = aMe({ notifications: { ...all, ...change } });
};
const moment = () => vi.advanceTimersByTimeAsync(300);
let play: ReturnType<typeof vi.spyOn>;

beforeEach(() => {
  vi.useFakeTimers();
  shown.mockClear();
  notification.permission = 'granted';
  vi.stubGlobal('Notification', notification);
  vi.stubGlobal('isSecureContext', true);
  play = vi.spyOn(sounds, 'play').mockReturnValue(true);
  vi.spyOn(document, 'hasFocus').mockReturnValue(false);
  wish({});
  entities.clear();
  entities.putCustomers([aCustomer({ id: 'customer' })]);
  start(aMe());
});
afterEach(() => {
  stop();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe('notifications', () => {
  it('tell of a session that became mine, once, with its own sound', async () => {
    tellNotification(aNotification());
    tellMessage(aMessage({ text: 'Hello?' }));
    await moment();
    expect(shown).toHaveBeenCalledExactlyOnceWith('New session: Sofia Marchetti', '');
    expect(play).toHaveBeenCalledExactlyOnceWith('session');
  });

  it('tell of what a customer wrote', async () => {
    tellMessage(aMessage({ text: 'Hello?' }));
    await moment();
    expect(shown).toHaveBeenCalledExactlyOnceWith('Sofia Marchetti', 'Hello?');
    expect(play).toHaveBeenCalledExactlyOnceWith('message');
  });

  it.each<[string, Partial<NotificationWishes>, [shown: number, rung: number]]>([
    ['all off', { sound: false, browser: false }, [0, 0]],
    ['without a sound', { sound: false }, [1, 0]],
    ['with a sound alone', { browser: false }, [0, 1]],
    ['not of this kind', { kinds: { assigned: { sound: false, browser: false } } }, [0, 0]],
    ['of this kind with a sound alone', { kinds: { assigned: { sound: true, browser: false } } }, [0, 1]],
    ['not to be disturbed', { do_not_disturb: { until: FOR_GOOD, schedule: [] } }, [0, 0]],
  ])('are as the member wants them: %s', async (_, change, expected) => {
    wish(change);
    tellNotification(aNotification());
    await moment();
    expect([shown.mock.calls.length, play.mock.calls.length]).toEqual(expected);
  });

  it('of messages can be switched off', async () => {
    wish({ new_message: false });
    tellMessage(aMessage());
    await moment();
    expect([shown.mock.calls.length, play.mock.calls.length]).toEqual([0, 0]);
  });

  it('are only heard by who looks at the list', async () => {
    vi.spyOn(document, 'hasFocus').mockReturnValue(true);
    tellNotification(aNotification());
    await moment();
    expect([shown.mock.calls.length, play.mock.calls.length]).toEqual([0, 1]);
  });

  it('leave a browser that forbids them, or can’t, alone', async () => {
    notification.permission = 'denied';
    able.refresh();
    tellNotification(aNotification());
    await moment();
    expect(shown).not.toHaveBeenCalled();
    notification.permission = 'granted';
    able.refresh();
    notification.mockImplementationOnce(function () {
      throw new TypeError('Illegal constructor');
    });
    tellNotification(aNotification());
    await moment();
    expect(able.permission).toBe('missing');
  });
});
