import { account } from '../../store/account.svelte';
import { entities } from '../../store/entities.svelte';
import { inbox } from '../../store/inbox.svelte';

/** How many open sessions I have, and how many diversion gives me: as colleagues see it, which events keep right. */
export function myLoad(): { open_sessions: number; limit: number } {
  const me = account.me;
  const seen = me && entities.members.get(me.id);
  return {
    open_sessions: seen?.open_sessions ?? inbox.counts?.mine ?? 0,
    limit: seen?.limit ?? me?.limit ?? 0,
  };
}
