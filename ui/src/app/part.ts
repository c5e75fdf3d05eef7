// Parts of a page that are fetched when they are first needed: dialogs, panels, what few people open.
import { version } from './version.svelte';

/**
 * Fetches a part once. One that can't be loaded leaves the page as it stands, under a bar that says why, and is tried again
 * the next time.
 */
export function part<T>(load: () => Promise<T>): () => Promise<T> {
  let known: Promise<T> | null = null;
  return () => {
    known ??= load().then(
      (loaded) => {
        version.found();
        return loaded;
      },
      async () => {
        known = null;
        await version.missed();
        return new Promise<never>(() => undefined);
      },
    );
    return known;
  };
}
