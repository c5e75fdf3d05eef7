// What the toolbar of a chat does at once. Failures are worded here; what asks first words its own.
import { asFailure } from '../../api/failure';
import { reopenSession } from '../../api/handover';
import { words } from '../../api/problems';
import type { Session } from '../../api/types';
import { notices } from '../../app/notices.svelte';
import { go, inboxPath } from '../../app/router';
import { sessionLost } from '../../app/sending';
import { account } from '../../store/account.svelte';
import { entities } from '../../store/entities.svelte';

/** The answer of something that may have taken a session from me. */
export function moved(before: Session, after: Session): void {
  const mine = before.state === 'open' && before.assignee?.id === account.me?.id;
  entities.putSessions([after]);
  // The line will tell it as well, but then it is known already.
  if (mine && after.assignee?.id !== account.me?.id) sessionLost(after);
}

export async function reopen(id: string): Promise<void> {
  try {
    entities.putSessions([await reopenSession(id)]);
  } catch (error) {
    const failure = asFailure(error);
    if (failure.signedOut) return;
    notices.say(words(failure), 'error');
    // The customer has come back meanwhile: that is where to go on.
    const live = failure.params['session_id'];
    if (failure.code === 'session_live' && typeof live === 'string') go(inboxPath(live));
  }
}
