import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Failure } from '../src/api/failure';
import * as api from '../src/api/notifications';
import { NOTIFICATION_KINDS, type NotificationKind } from '../src/api/types';
import { speak } from '../src/app/locale.svelte';
import { badgeOf } from '../src/features/notifications/favicon';
import { gathered, noticed, soundOf, type Told } from '../src/features/notifications/gather';
import { helpFor } from '../src/features/notifications/help';
import { obstacles } from '../src/features/notifications/obstacles';
import { FOR_GOOD } from '../src/features/notifications/quiet';
import { Speaker } from '../src/features/notifications/speaker';
import { wireOf, wishesOf } from '../src/features/notifications/wishes';
import { detailOf, kindName, placeOf, titleOf } from '../src/features/notifications/words';
import { notifications } from '../src/store/notifications.svelte';
import { aNotification } from './builders';

vi.mock('../src/api/notifications');

const page = (items: ReturnType<typeof aNotification>[], unread: number, next: string | null = null) =>
  vi.mocked(api.listNotifications).mockResolvedValueOnce({ items, unread, next });
const ids = () => notifications.items.map(({ id }) => id);

beforeEach(() => {
  vi.mocked(api.listNotifications).mockReset();
  vi.mocked(api.readNotifications).mockReset();
  notifications.clear();
});
afterEach(() => speak('en'));

describe('the notification centre', () => {
  it('shows the newest first, page by page', async () => {
    const [one, two, three] = [aNotification(), aNotification(), aNotification()];
    page([three, two], 2, 'more');
    await notifications.load();
    page([one], 2);
    await notifications.more();
    expect(ids()).toEqual([three.id, two.id, one.id]);
    expect([notifications.unread, notifications.next]).toEqual([2, null]);
    expect(api.listNotifications).toHaveBeenLastCalledWith('more');
  });

  it('counts what events tell once, and says what is news', async () => {
    const known = aNotification({ read_at: 1, version: 2 });
    page([known], 0);
    await notifications.load();
    const fresh = aNotification();
    expect(notifications.put([fresh, known])).toEqual([fresh]);
    expect(notifications.put([fresh])).toEqual([]);
    expect(notifications.unread).toBe(1);
    expect(ids()).toEqual([fresh.id, known.id]);
    // Read in another tab.
    notifications.put([{ ...fresh, read_at: 5, version: 2 }]);
    expect(notifications.unread).toBe(0);
  });

  it('is news also when an answer has it before its event comes', async () => {
    const fresh = aNotification();
    page([fresh], 1);
    await notifications.load();
    expect(notifications.put([fresh])).toEqual([fresh]);
    expect(notifications.put([fresh])).toEqual([]);
    expect(notifications.unread).toBe(1);
  });

  it('asks how much is left when something unknown was read elsewhere', async () => {
    vi.useFakeTimers();
    page([], 3);
    await notifications.load();
    page([], 2);
    expect(notifications.put([aNotification({ read_at: 1, version: 2 })])).toEqual([]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect([notifications.unread, ids()]).toEqual([2, []]);
  });

  it('keeps what an event told while the page was on its way', async () => {
    let answer: (page: api.NotificationPage) => void = () => undefined;
    vi.mocked(api.listNotifications).mockReturnValueOnce(new Promise((resolve) => (answer = resolve)));
    const old = aNotification();
    const loading = notifications.load();
    const fresh = aNotification();
    notifications.put([fresh]);
    answer({ items: [old], next: null, unread: 1 });
    await loading;
    expect(ids()).toEqual([fresh.id, old.id]);
    notifications.clear();
  });

  it('marks at once what is read, and believes the server', async () => {
    const [one, two] = [aNotification(), aNotification()];
    page([two, one], 5);
    await notifications.load();
    vi.mocked(api.readNotifications).mockResolvedValueOnce({ unread: 4 });
    const reading = notifications.read([one.id]);
    expect(notifications.items.find(({ id }) => id === one.id)?.read_at).not.toBeNull();
    await reading;
    expect(notifications.unread).toBe(4);
    expect(api.readNotifications).toHaveBeenCalledWith({ ids: [one.id] });
    // The event of it counts nothing down twice.
    notifications.put([{ ...one, read_at: 9, version: 2 }]);
    expect(notifications.unread).toBe(4);
    vi.mocked(api.readNotifications).mockResolvedValueOnce({ unread: 0 });
    await notifications.readAll();
    expect(api.readNotifications).toHaveBeenLastCalledWith({ all: true });
    expect(notifications.unread).toBe(0);
  });

  it('asks again how it stands when marking failed', async () => {
    vi.useFakeTimers();
    const one = aNotification();
    page([one], 1);
    await notifications.load();
    vi.mocked(api.readNotifications).mockRejectedValueOnce(new Failure('network'));
    await notifications.read([one.id]);
    page([one], 1);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(notifications.unread).toBe(1);
    expect(notifications.items[0]?.read_at).toBeNull();
  });

  it('says what went wrong, and keeps what it has', async () => {
    page([aNotification()], 1, 'more');
    await notifications.load();
    vi.mocked(api.listNotifications).mockRejectedValueOnce(new Failure('network'));
    await notifications.more();
    expect([notifications.state, notifications.items.length]).toEqual(['failed', 1]);
  });
});

describe('a notification', () => {
  it.each(['en', 'zh', 'ru'])('of every kind has words in %s', (locale) => {
    speak(locale);
    const by = { id: 'b', name: 'Ben' };
    for (const what of NOTIFICATION_KINDS) {
      const alone = titleOf(aNotification({ what }), 'Shop');
      expect(alone).toMatch(what === 'project_in_trouble' ? /Shop/ : /Sofia Marchetti/);
      expect(titleOf(aNotification({ what, by }), 'Shop')).toBeTruthy();
      expect(kindName(what)).not.toContain('_');
    }
    expect(titleOf(aNotification({ what: 'transferred', by }), undefined)).toContain('Ben');
    expect(titleOf(aNotification({ customer: null }), undefined)).not.toContain('null');
    expect(titleOf(aNotification({ what: 'rained' as NotificationKind }), 'Shop')).toBe('Shop');
  });

  it('leads to its session, else to its project, for who may open it', () => {
    expect(placeOf(aNotification({ session_id: 's' }), false)).toBe('/inbox/s');
    expect(placeOf(aNotification({ session_id: null }), true)).toBe('/console/projects/p');
    expect(placeOf(aNotification({ session_id: null }), false)).toBeNull();
  });

  it('says what people wrote as it is, and codes in words', () => {
    const detail = (what: NotificationKind, text: string | null) => detailOf(aNotification({ what, detail: text }));
    expect(detail('transferred', 'wants_a_refund')).toBe('wants_a_refund');
    expect(detail('mention', null)).toBeNull();
    expect(detailOf(aNotification({ what: 'assigned', detail: 'reopened', by: null }))).toContain('wrote again');
    expect(detailOf(aNotification({ what: 'assigned', detail: 'reopened', by: { id: 'm', name: 'Sam' } }))).toBe(
      'reopened',
    );
    expect(detail('sending_failed', 'blocked_by_customer')).toContain('blocked the bot');
    expect(detail('sending_failed', 'unknown')).toContain('May have arrived');
    expect(detail('project_in_trouble', 'token_rejected')).toContain('rejects the token');
    expect(detail('project_in_trouble', 'new_trouble')).toBeNull();
    expect(detail('taken_back', 'disabled')).toBeNull();
  });
});

describe('wishes', () => {
  const old = { sound: true, browser: false, new_session: true, new_message: true };

  it('are both ways where nothing was said', () => {
    const wishes = wishesOf(old);
    expect(Object.values(wishes.kinds).every((way) => way.sound && way.browser)).toBe(true);
    expect(wishes.doNotDisturb).toEqual({ until: null, schedule: [] });
  });

  it('keep the switch from before there were kinds', () => {
    const wishes = wishesOf({ ...old, new_session: false, kinds: { transferred: { sound: true, browser: false } } });
    expect(wishes.kinds.assigned).toEqual({ sound: false, browser: false });
    expect(wishes.kinds.transferred).toEqual({ sound: true, browser: false });
    expect(wishes.kinds.mention).toEqual({ sound: true, browser: true });
  });

  it('come back from the server as they were sent', () => {
    const wishes = wishesOf({ ...old, kinds: { assigned: { sound: false, browser: false } } });
    wishes.kinds.transferred = { sound: false, browser: false };
    wishes.doNotDisturb = { until: 5, schedule: [{ days: [0], from: '22:00', to: '07:00' }] };
    expect(wireOf(wishes).new_session).toBe(false);
    expect(wishesOf(wireOf(wishes))).toEqual(wishes);
  });
});

describe('what comes at about the same time', () => {
  const told = (change: Partial<Told>): Told => ({
    tag: 'a',
    session: 's',
    sound: 'message',
    title: '',
    body: '',
    place: null,
    sounds: true,
    shows: true,
    ...change,
  });

  it('is told once: a new session speaks for its first message, the last message for those before', () => {
    const session = told({ tag: 'n', sound: 'session' });
    const [first, last] = [told({ tag: 'm', body: '1' }), told({ tag: 'm', body: '2' })];
    expect(gathered([first, session, last])).toEqual([session]);
    expect(gathered([first, last])).toEqual([last]);
    const trouble = told({ tag: 't', session: null });
    expect(gathered([session, trouble])).toEqual([session, trouble]);
  });

  it('makes one sound, that of the session before that of a message', () => {
    expect(soundOf([told({}), told({ sound: 'session' })])).toBe('session');
    expect(soundOf([told({}), told({ sound: 'session', sounds: false })])).toBe('message');
    expect(soundOf([told({ sounds: false })])).toBeNull();
  });

  it.each([
    ['the window is behind', 's', { here: false, session: 's' }, { sounds: true, shows: true }],
    ['it is open and in front', 's', { here: true, session: 's' }, { sounds: false, shows: false }],
    ['another one is open', 's', { here: true, session: 'x' }, { sounds: true, shows: true }],
    ['the list is in front', 's', { here: true, session: null }, { sounds: true, shows: false }],
    ['it is about no session', null, { here: true, session: null }, { sounds: true, shows: false }],
  ])('when %s', (_, session, looking, expected) => expect(noticed(session, looking)).toEqual(expected));
});

describe('why nothing sounds or shows', () => {
  const wishes = wishesOf({ sound: true, browser: true, new_session: true, new_message: true });
  const fine = { permission: 'granted', sounds: 'ready' } as const;
  const codes = (change: Partial<typeof wishes>, able: Parameters<typeof obstacles>[1] = fine) =>
    obstacles({ ...wishes, ...change }, able, 0, 'UTC').map(({ code }) => code);

  it('is named, each reason once', () => {
    expect(codes({})).toEqual([]);
    expect(codes({ sound: false, browser: false })).toEqual(['muted']);
    expect(codes({}, { permission: 'denied', sounds: 'untouched' })).toEqual(['denied', 'untouched']);
    expect(codes({}, { permission: 'default', sounds: 'missing' })).toEqual(['ask', 'soundless']);
    expect(codes({ browser: false }, { ...fine, permission: 'denied' })).toEqual([]);
    expect(codes({ sound: false }, { permission: 'insecure', sounds: 'untouched' })).toEqual(['insecure']);
    expect(codes({ doNotDisturb: { until: FOR_GOOD, schedule: [] } })).toEqual(['quiet']);
  });
});

it.each([
  [
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
    0,
    'chrome',
  ],
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0',
    0,
    'edge',
  ],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 0, 'firefox'],
  ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.5 Safari/605.1.15', 0, 'safari'],
  ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.5 Safari/605.1.15', 5, 'ios'],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 CriOS/140.0 Mobile Safari/604.1',
    5,
    'ios',
  ],
  [
    'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36',
    5,
    'android_chrome',
  ],
  ['Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0', 5, 'android_firefox'],
  [
    'Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36',
    5,
    'android_other',
  ],
  [
    'Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36 EdgA/140.0',
    5,
    'android_other',
  ],
  ['Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36 OPR/120.0', 0, 'other'],
  ['Something else', 0, 'other'],
])('how to allow notifications is told for %s, %i', (agent, touches, help) => {
  expect(helpFor(agent, touches)).toBe(help);
});

it.each([
  [0, 0, null],
  [0, 2, ''],
  [3, 2, '3'],
  [12, 0, '9+'],
])('with %i unread messages and %i notifications the badge is %j', (unread, told, badge) => {
  expect(badgeOf(unread, told)).toBe(badge);
});

/** Locks as browsers have them: one holder, who waits in a queue, who steals throws the holder out. */
class Locks {
  private holder: { fail: () => void } | null = null;
  private queue: (() => void)[] = [];

  request = (_: string, options: LockOptions, work: () => Promise<void> | undefined): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const take = () => {
        const held = { fail: () => reject(new DOMException('stolen', 'AbortError')) };
        this.holder = held;
        void Promise.resolve(work()).then(() => {
          if (this.holder !== held) return;
          this.holder = null;
          resolve(undefined);
          this.queue.shift()?.();
        });
      };
      options.signal?.addEventListener('abort', () => {
        this.queue = this.queue.filter((one) => one !== take);
        reject(new DOMException('aborted', 'AbortError'));
      });
      if (options.steal) {
        this.holder?.fail();
        take();
      } else if (this.holder) this.queue.push(take);
      else take();
    });
}

describe('of several tabs', () => {
  const settle = () => new Promise((resolve) => setTimeout(resolve));
  const who = (tabs: Speaker[]) => tabs.map((tab) => tab.speaks);

  it('the one that was used last speaks, and another when it is closed', async () => {
    const locks = new Locks();
    const tabs = [new Speaker('x', locks), new Speaker('x', locks), new Speaker('x', locks)] as const;
    tabs[0].start(true);
    tabs[1].start(false);
    tabs[2].start(false);
    await settle();
    expect(who([...tabs])).toEqual([true, false, false]);
    tabs[2].used();
    await settle();
    expect(who([...tabs])).toEqual([false, false, true]);
    tabs[2].used();
    tabs[2].stop();
    await settle();
    expect(who([...tabs]).filter(Boolean)).toHaveLength(1);
    tabs[0].used();
    await settle();
    expect(who([...tabs])).toEqual([true, false, false]);
  });

  it('each speaks where the browser has no locks, or they don’t work', async () => {
    const alone = new Speaker('x', null);
    alone.start(false);
    expect(alone.speaks).toBe(true);
    const broken = new Speaker('x', { request: () => Promise.reject(new DOMException('no', 'SecurityError')) });
    broken.start(false);
    await settle();
    expect(broken.speaks).toBe(true);
    broken.stop();
    expect(broken.speaks).toBe(false);
  });
});
