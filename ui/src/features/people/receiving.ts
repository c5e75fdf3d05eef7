// Words about colleagues who may be given a session, and what the customer is told of it.
import type { Customer, Project, Receiver } from '../../api/types';
import { language } from '../../app/locale.svelte';
import { m } from '../../paraglide/messages';
import { locales } from '../../paraglide/runtime';
import { STATUS_DOTS, statusName } from './availability';

/** A class that colours their dot: green is who would see it at once. */
export function receiverDot({ status, connected }: Pick<Receiver, 'status' | 'connected'>): string {
  return STATUS_DOTS[status === 'online' && !connected ? 'offline' : status];
}

export function receiverStanding({ status, connected }: Pick<Receiver, 'status' | 'connected'>): string {
  return status === 'online' && !connected ? m.receiver_not_connected() : statusName(status);
}

/** What should be known before they are chosen; null: nothing. */
export function receiverWarning(receiver: Receiver): string | null {
  const { name, status, connected } = receiver;
  if (receiver.at_limit) return m.receiver_over_limit({ name, open: receiver.open, limit: receiver.limit });
  if (status === 'busy') return m.receiver_is_busy({ name });
  if (status === 'offline' || !connected) return m.receiver_is_away({ name });
  return null;
}

/** The project's own words for the customer, or ours in a language that they may understand. */
export function transferText(project: Pick<Project, 'transfer_text'> | undefined, customer: Customer): string {
  const own = project?.transfer_text?.trim();
  if (own) return own;
  const spoken = customer.language?.toLowerCase().split('-')[0];
  return m.transfer_message({}, { locale: locales.find((locale) => locale === spoken) ?? language() });
}
