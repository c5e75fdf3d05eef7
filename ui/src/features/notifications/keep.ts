// Saving what I wish: at once on this page, one request after the other, the last wish wins.
import { asFailure } from '../../api/failure';
import { words } from '../../api/problems';
import type { NotificationWishes } from '../../api/types';
import { notices } from '../../app/notices.svelte';
import { saveProfile } from '../../app/preferences';
import { account } from '../../store/account.svelte';
import { wireOf, wishesOf, type Wishes } from './wishes';

let wanted: NotificationWishes | null = null;
let running = false;

function show(notifications: NotificationWishes): void {
  if (account.me) account.me = { ...account.me, notifications };
}

export function keepWishes(change: (wishes: Wishes) => Wishes): void {
  const before = account.me?.notifications;
  if (!before) return;
  wanted = wireOf(change(wishesOf(before)));
  show(wanted);
  if (!running) void save(before);
}

async function save(before: NotificationWishes): Promise<void> {
  running = true;
  while (wanted) {
    const sent: NotificationWishes = wanted;
    try {
      await saveProfile({ notifications: sent });
      before = sent;
      if (wanted === sent) wanted = null;
      else show(wanted);
    } catch (error) {
      wanted = null;
      show(before);
      const failure = asFailure(error);
      if (!failure.signedOut) notices.say(words(failure), 'error');
    }
  }
  running = false;
}
