// Sound and browser notifications, as the member wants them.
import type { Message, Session } from '../api/types';
import { customerName } from '../lib/names';
import { m } from '../paraglide/messages';
import { account } from '../store/account.svelte';
import { entities } from '../store/entities.svelte';
import { attention } from './attention.svelte';
import { go, inboxPath } from './router';

let sounds: AudioContext | null = null;

/** Two soft tones. A browser that was not touched yet plays none. */
function ring(): void {
  try {
    sounds ??= new AudioContext();
    const start = sounds.currentTime;
    for (const [index, pitch] of [660, 880].entries()) {
      const tone = new OscillatorNode(sounds, { frequency: pitch });
      const volume = new GainNode(sounds, { gain: 0.06 });
      tone.connect(volume).connect(sounds.destination);
      tone.start(start + index * 0.12);
      tone.stop(start + index * 0.12 + 0.1);
    }
  } catch {
    // No sound device: there are other ways to notice.
  }
}

function tell(title: string, body: string, session: string): void {
  const wanted = account.me?.notifications;
  // Who looks at the page sees it.
  if (!wanted || attention.here) return;
  if (wanted.sound) ring();
  if (!wanted.browser || !('Notification' in globalThis) || Notification.permission !== 'granted') return;
  const shown = new Notification(title, { body, tag: session });
  shown.onclick = () => {
    window.focus();
    go(inboxPath(session));
    shown.close();
  };
}

/** Of what a customer wrote in one of my sessions. */
export function notifyMessage(message: Message): void {
  const customer = entities.customers.get(message.customer_id);
  if (!account.me?.notifications.new_message || !customer || !message.session_id) return;
  tell(customerName(customer), message.text || m.unsupported_short(), message.session_id);
}

/** Of sessions that became mine: `before` is what was known of them. */
export function notifySessions(sessions: readonly Session[], before: ReadonlyMap<string, Session>): void {
  const me = account.me;
  if (!me?.notifications.new_session) return;
  for (const session of sessions) {
    const isNew = session.state === 'open' && session.assignee?.id === me.id && !session.taken_up_at;
    if (!isNew || before.get(session.id)?.assignee?.id === me.id) continue;
    tell(m.notification_new_session(), customerName(session.customer), session.id);
  }
}
