// Sounds and browser notifications, as the member wants them, from one tab of the browser.
import type { Me, Message, Notification as Told_ } from '../../api/types';
import { attention } from '../../app/attention.svelte';
import { notices } from '../../app/notices.svelte';
import { giveVoice } from '../../app/notify';
import { currentSession, go, inboxPath } from '../../app/router';
import { customerName } from '../../lib/names';
import { browserTimeZone } from '../../lib/time';
import { m } from '../../paraglide/messages';
import { account } from '../../store/account.svelte';
import { entities } from '../../store/entities.svelte';
import { able } from './able.svelte';
import { gathered, noticed, soundOf, type Told } from './gather';
import { disturbs } from './quiet';
import { play } from './sounds';
import { Speaker } from './speaker';
import { wishesOf, type Wishes } from './wishes';
import { detailOf, placeOf, titleOf } from './words';

/** What comes within this time is one noise. */
const TOGETHER = 150;
const LONGEST = 200;

let speaker: Speaker | null = null;
let stopWatching: () => void = () => undefined;
let waiting: Told[] = [];
let timer: ReturnType<typeof setTimeout> | undefined;

const used = () => speaker?.used();

/** Who speaks. */
let owner: string | null = null;

/** Speaks for them from now on; said again for the same one it changes nothing. */
export function start(me: Me): void {
  if (owner === me.id) return;
  stop();
  owner = me.id;
  giveVoice({ tellMessage, tellNotification, stop });
  speaker = new Speaker(`teledesk.speaker.${me.workspace.id}.${me.id}`, navigator.locks ?? null);
  speaker.start(document.hasFocus());
  window.addEventListener('focus', used);
  stopWatching = able.watch();
}

export function stop(): void {
  clearTimeout(timer);
  timer = undefined;
  waiting = [];
  owner = null;
  window.removeEventListener('focus', used);
  stopWatching();
  speaker?.stop();
  speaker = null;
}

export function zoneOf(me: Pick<Me, 'time_zone' | 'workspace'>): string {
  return me.time_zone || me.workspace.time_zone || browserTimeZone();
}

/** What I want, when something may disturb me now. */
function wishesNow(): Wishes | null {
  const me = account.me;
  if (!me) return null;
  const wishes = wishesOf(me.notifications);
  return disturbs(wishes.doNotDisturb, Date.now(), zoneOf(me)) ? wishes : null;
}

const looking = () => ({ here: attention.here, session: currentSession() });

/** Of what a customer wrote in one of my sessions. */
export function tellMessage(message: Message): void {
  const wishes = wishesNow();
  const customer = entities.customers.get(message.customer_id);
  if (!wishes?.messages || !customer || !message.session_id) return;
  const { sounds, shows } = noticed(message.session_id, looking());
  tell({
    tag: `session-${message.session_id}`,
    session: message.session_id,
    sound: 'message',
    title: customerName(customer),
    body: message.text || m.unsupported_short(),
    place: inboxPath(message.session_id),
    sounds: sounds && wishes.sound,
    shows: shows && wishes.browser,
  });
}

/** Of what the notification centre was told. */
export function tellNotification(told: Told_): void {
  const project = told.project_id ? entities.projects.get(told.project_id)?.name : undefined;
  const title = titleOf(told, project);
  const session = told.session_id ?? null;
  const { sounds, shows } = noticed(session, looking());
  if (sounds && attention.here) notices.speak(title);
  const wishes = wishesNow();
  const way = wishes?.kinds[told.what];
  if (!wishes || !way) return;
  tell({
    tag: told.id,
    session,
    sound: told.what === 'assigned' || told.what === 'transferred' ? 'session' : 'message',
    title,
    body: detailOf(told) ?? lastLine(session) ?? project ?? '',
    place: placeOf(told, account.can('projects.manage')),
    sounds: sounds && wishes.sound && way.sound,
    shows: shows && wishes.browser && way.browser,
  });
}

function lastLine(session: string | null): string | null {
  return (session && entities.sessions.get(session)?.last_message?.text) || null;
}

function tell(told: Told): void {
  if (!speaker?.speaks || (!told.sounds && !told.shows)) return;
  waiting.push(told);
  timer ??= setTimeout(speak, TOGETHER);
}

function speak(): void {
  timer = undefined;
  const all = gathered(waiting);
  waiting = [];
  const sound = soundOf(all);
  if (sound) play(sound);
  for (const told of all) if (told.shows) show(told);
}

function show({ tag, title, body, place }: Told): void {
  if (able.permission !== 'granted') return;
  try {
    const shown = new Notification(title, { body: body.slice(0, LONGEST), tag, icon: '/favicon.svg' });
    shown.onclick = () => {
      window.focus();
      if (place) go(place);
      shown.close();
    };
  } catch {
    // Chrome on Android shows only what a service worker asks for.
    able.failed();
  }
}
