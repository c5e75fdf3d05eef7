// What a member wants to be told of, and how. What the server leaves out is as usual: both ways on.
import { NOTIFICATION_KINDS, type DoNotDisturb, type NotificationKind, type NotificationWishes } from '../../api/types';

export interface Way {
  sound: boolean;
  browser: boolean;
}

export interface Wishes extends Way {
  /** Of what customers write in their sessions. */
  messages: boolean;
  kinds: Record<NotificationKind, Way>;
  doNotDisturb: DoNotDisturb;
}

const NEW_SESSION: readonly NotificationKind[] = ['assigned', 'transferred'];

export function wishesOf(raw: NotificationWishes): Wishes {
  // Before there were kinds, new sessions had one switch for both ways.
  const usual = (kind: NotificationKind) => !NEW_SESSION.includes(kind) || raw.new_session;
  const way = (kind: NotificationKind) => raw.kinds?.[kind] ?? { sound: usual(kind), browser: usual(kind) };
  return {
    sound: raw.sound,
    browser: raw.browser,
    messages: raw.new_message,
    kinds: Object.fromEntries(NOTIFICATION_KINDS.map((kind) => [kind, way(kind)])) as Wishes['kinds'],
    doNotDisturb: {
      until: raw.do_not_disturb?.until ?? null,
      schedule: raw.do_not_disturb?.schedule ?? [],
    },
  };
}

/** As the server takes it. */
export function wireOf(wishes: Wishes): NotificationWishes {
  return {
    sound: wishes.sound,
    browser: wishes.browser,
    new_session: NEW_SESSION.some((kind) => wishes.kinds[kind].sound || wishes.kinds[kind].browser),
    new_message: wishes.messages,
    kinds: wishes.kinds,
    do_not_disturb: wishes.doNotDisturb,
  };
}
