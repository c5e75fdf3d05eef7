import { createSubscriber } from 'svelte/reactivity';

const subscribe = createSubscriber((update) => {
  window.addEventListener('focus', update);
  window.addEventListener('blur', update);
  document.addEventListener('visibilitychange', update);
  return () => {
    window.removeEventListener('focus', update);
    window.removeEventListener('blur', update);
    document.removeEventListener('visibilitychange', update);
  };
});

export const attention = {
  /** Somebody is looking at this page: it is visible and has the focus. */
  get here(): boolean {
    subscribe();
    return document.visibilityState === 'visible' && document.hasFocus();
  },
};
