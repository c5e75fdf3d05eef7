// Signing in and out, and being signed out: the page's own life.
import { asFailure, Failure } from '../api/failure';
import { onSetupNeeded, onSignedOut } from '../api/client';
import { getMe, getSite, signOut } from '../api/desk';
import type { Me } from '../api/types';
import { store, stored } from '../lib/storage';
import { account } from '../store/account.svelte';
import { drafts } from '../store/drafts.svelte';
import { onLineSignedOut, startLive, stopLive } from './live';
import { speak } from './locale.svelte';
import { placeOf } from './guards';
import { surrender, theOutbox } from './sending';
import { onTabs, tellTabs } from './tabs';
import { wear } from './theme.svelte';

const SIGNED_IN = 'teledesk.signed_in';
const WORKSPACE = 'teledesk.workspace';

export const lastSlug = (): string | null => stored(WORKSPACE);

/** Finds out who is here. The cookie can't be seen, so a mark beside it spares a new visitor a refused request. */
export async function start(path: string): Promise<void> {
  account.phase = 'starting';
  try {
    if (stored(SIGNED_IN) !== null || placeOf(path) === 'inside') {
      try {
        return signedIn(await getMe());
      } catch (error) {
        if (!asFailure(error).signedOut) throw error;
        store(SIGNED_IN, null);
        if (asFailure(error).code === 'signed_in_elsewhere') return;
      }
    }
    account.site = await getSite();
    account.phase = 'signed_out';
  } catch (error) {
    account.failure = asFailure(error);
    account.phase = 'unreachable';
  }
}

/** Who was signed in on this page before. */
let before: string | null = null;

/** Who a login has just let in. The cookie can't be seen from here: whether the browser keeps it shows with the next request. */
export async function whoIsIn(): Promise<Me> {
  try {
    return await getMe();
  } catch (error) {
    throw asFailure(error).signedOut ? new Failure('no_cookies') : error;
  }
}

/** A login has succeeded, here or before. */
export function signedIn(me: Me, fresh = false): void {
  if (before !== null && before !== me.id) {
    // Another person: nothing of the last one, not even an answer still under way, may reach them.
    store(SIGNED_IN, '1');
    location.assign('/inbox');
    return;
  }
  before = me.id;
  account.me = me;
  account.failure = null;
  if (me.language) speak(me.language);
  wear(me.theme);
  store(SIGNED_IN, '1');
  store(WORKSPACE, me.workspace.slug);
  if (me.must_set_up_second_factor) {
    stopLive();
    account.phase = 'second_factor';
  } else {
    account.phase = 'signed_in';
    startLive(me);
  }
  if (fresh) tellTabs({ type: 'signed_in', member: me.id });
}

export async function leave(): Promise<void> {
  const outbox = theOutbox();
  // The server keeps what was begun; this browser doesn't.
  await drafts.flush();
  await signOut();
  drafts.wipe();
  tellTabs({ type: 'signed_out' });
  await outbox?.wipe();
  await out();
}

/** Nobody is signed in any more; what was on the page goes, drafts stay. */
async function out(): Promise<void> {
  stopLive();
  store(SIGNED_IN, null);
  account.me = null;
  account.site = await getSite().catch(() => null);
  account.phase = 'signed_out';
}

function forcedOut(): void {
  surrender();
  stopLive();
  store(SIGNED_IN, null);
  account.me = null;
  account.phase = 'forced_out';
}

/** From the notice back to the login page. */
export async function acknowledge(): Promise<void> {
  await out();
}

function ended(code: string): void {
  if (account.phase === 'forced_out') return;
  if (code === 'signed_in_elsewhere') {
    tellTabs({ type: 'forced_out' });
    forcedOut();
  } else if (account.phase === 'signed_in' || account.phase === 'second_factor') {
    void out();
  }
}

/** The line says that a newer login replaced ours. It may be this very browser's: another tab signed in again. */
async function lineEnded(code: string): Promise<void> {
  try {
    const me = await getMe();
    if (me.id === account.me?.id) signedIn(me);
    else location.reload();
  } catch (error) {
    // A refused answer has already ended the login, with the words the server chose.
    if (!asFailure(error).signedOut) ended(code);
  }
}

async function otherTab(): Promise<void> {
  try {
    const me = await getMe();
    if (account.phase !== 'signed_in' || me.id !== account.me?.id) location.assign('/inbox');
  } catch {
    // Whatever is wrong shows with the next thing this tab does.
  }
}

/** The workspace began to require a second factor that I haven't got. */
async function demanded(): Promise<void> {
  if (account.phase !== 'signed_in') return;
  try {
    signedIn(await getMe());
  } catch {
    // Whatever is wrong shows with the next thing this page does.
  }
}

onSetupNeeded(() => void demanded());
onSignedOut((failure: Failure) => ended(failure.code));
onLineSignedOut((code) => void lineEnded(code));
onTabs((word) => {
  if (word.type === 'forced_out' && account.phase === 'signed_in') forcedOut();
  else if (word.type === 'signed_out' && account.phase === 'signed_in') {
    drafts.wipe();
    void out();
  } else if (word.type === 'signed_in') void otherTab();
});
