// What a member does with a session. Failures are worded here, so that the components only call.
import { asFailure } from '../../api/failure';
import { words } from '../../api/words.svelte';
import { endSession, getSession, readSession, resendMessage, takeSession, takeUpSession } from '../../api/desk';
import type { Session } from '../../api/types';
import { notices } from '../../app/notices.svelte';
import { entities } from '../../store/entities.svelte';
import { histories } from '../../store/history.svelte';

/** Runs an act and words its failure; whether it succeeded. */
async function act(run: () => Promise<Session>): Promise<boolean> {
  try {
    entities.putSessions([await run()]);
    return true;
  } catch (error) {
    const failure = asFailure(error);
    if (!failure.signedOut) notices.say(words(failure), 'error');
    return false;
  }
}

export async function take(id: string): Promise<boolean> {
  const taken = await act(() => takeSession(id));
  // Somebody else was faster: show who, rather than a button that fails again.
  if (!taken) await refresh(id);
  return taken;
}

export const end = (id: string): Promise<boolean> => act(() => endSession(id));

async function refresh(id: string): Promise<void> {
  const session = await getSession(id).catch(() => null);
  if (session) entities.putSessions([session]);
}

/** Done by looking at it, so a failure is nothing to bother a person with: the next look does it again. */
async function quietly(run: () => Promise<Session>): Promise<boolean> {
  try {
    entities.putSessions([await run()]);
    return true;
  } catch {
    return false;
  }
}

export const takeUp = (id: string): Promise<boolean> => quietly(() => takeUpSession(id));
export const read = (id: string): Promise<boolean> => quietly(() => readSession(id));

export async function resend(messageId: string): Promise<void> {
  try {
    histories.put([await resendMessage(messageId)]);
  } catch (error) {
    const failure = asFailure(error);
    if (!failure.signedOut) notices.say(words(failure), 'error');
  }
}
