import type { Message } from '../api/types';
import { customerName } from '../lib/names';
import { m } from '../paraglide/messages';
import { account } from '../store/account.svelte';
import { entities } from '../store/entities.svelte';
import { notices } from './notices.svelte';
import { notifyMessage } from './notify';

/** Tells a screen reader of what customers wrote in my sessions; the last one when several came at once. */
export function announceMessages(messages: readonly Message[]): void {
  const me = account.me?.id;
  const heard = messages.filter((message) => {
    const session = message.session_id ? entities.sessions.get(message.session_id) : undefined;
    // A version above 1 is news about an old message.
    return message.direction === 'in' && message.version <= 1 && session?.assignee?.id === me;
  });
  const last = heard[heard.length - 1];
  const customer = last && entities.customers.get(last.customer_id);
  if (!last || !customer) return;
  notifyMessage(last);
  const name = customerName(customer);
  notices.speak(last.text ? m.live_message({ name, text: last.text.slice(0, 200) }) : m.live_unsupported({ name }));
}
