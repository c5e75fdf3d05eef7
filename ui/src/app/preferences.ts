// Language and theme: at once on this browser, then on the member's profile so that they follow to the next one.
import { asFailure } from '../api/failure';
import { words } from '../api/words.svelte';
import { changeMe, getMe, type ProfileChange } from '../api/desk';
import { account } from '../store/account.svelte';
import { speak } from './locale.svelte';
import { notices } from './notices.svelte';
import { wear } from './theme.svelte';

/** Saves a change of my profile; a copy that went stale is fetched anew and the change made again, once. */
export async function saveProfile(change: ProfileChange): Promise<void> {
  const me = account.me;
  if (!me) return;
  try {
    account.put(await changeMe(me.version, change));
  } catch (error) {
    if (asFailure(error).code !== 'stale_version') throw error;
    const fresh = await getMe();
    account.put(await changeMe(fresh.version, change));
  }
}

async function keep(change: ProfileChange): Promise<void> {
  try {
    await saveProfile(change);
  } catch (error) {
    notices.say(words(asFailure(error)), 'error');
  }
}

export function chooseTheme(value: string): void {
  if (value !== 'system' && value !== 'light' && value !== 'dark') return;
  wear(value);
  void keep({ theme: value });
}

export function chooseLanguage(value: string): void {
  speak(value);
  void keep({ language: value });
}
