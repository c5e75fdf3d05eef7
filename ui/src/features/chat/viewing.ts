// Tells the others that one has a session open, and that one writes. Said again while it lasts: it expires by itself.
import type { Viewer } from '../../api/types';

export const EVERY = 20_000;
export const TYPING_EVERY = 3_000;

export interface ViewingOptions {
  say: (state: Viewer['state'] | 'gone') => Promise<void>;
  /** Who else is there, asked now and then: what the line told of them may have been missed. */
  look: () => Promise<void>;
}

export interface Viewing {
  /** A key was pressed in the editor. */
  typed: () => void;
  stop: () => void;
}

export function startViewing({ say, look }: ViewingOptions): Viewing {
  let typing = -Infinity;
  let rounds = 0;
  // Nobody need be bothered by a heartbeat that was lost: the next one makes up for it.
  const tell = (state: Viewer['state'] | 'gone') => void say(state).catch(() => undefined);

  function beat() {
    if (document.visibilityState !== 'visible') return;
    // Who writes has just said so, and is not to be called a mere reader.
    if (Date.now() - typing >= TYPING_EVERY) tell('viewing');
    if (rounds % 2 === 0) void look().catch(() => undefined);
    rounds += 1;
  }

  const leave = () => tell('gone');
  let timer = setInterval(beat, EVERY);

  function turned() {
    if (document.visibilityState !== 'visible') return;
    clearInterval(timer);
    timer = setInterval(beat, EVERY);
    rounds = 0;
    beat();
  }

  document.addEventListener('visibilitychange', turned);
  window.addEventListener('pagehide', leave);
  beat();
  return {
    typed: () => {
      const now = Date.now();
      if (now - typing < TYPING_EVERY) return;
      typing = now;
      tell('typing');
    },
    stop: () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', turned);
      window.removeEventListener('pagehide', leave);
      leave();
    },
  };
}
