// What jsdom lacks and our code takes for granted.
import { beforeAll, beforeEach, vi } from 'vitest';
import { loadWords } from '../src/api/words.svelte';

if (typeof globalThis.matchMedia !== 'function') {
  globalThis.matchMedia = (query: string) =>
    Object.assign(new EventTarget(), {
      matches: false,
      media: query,
      onchange: null,
      addListener: () => undefined,
      removeListener: () => undefined,
    }) as MediaQueryList;
}

if (typeof globalThis.IntersectionObserver !== 'function') {
  globalThis.IntersectionObserver = class {
    observe() {}
    unobserve() {}
    disconnect() {}
  } as unknown as typeof IntersectionObserver;
}

if (typeof globalThis.ResizeObserver !== 'function') {
  globalThis.ResizeObserver = class {
    observe() {}
    unobserve() {}
    disconnect() {}
  };
}

// As on a page that has been open for a moment.
beforeAll(loadWords);

beforeEach(() => {
  localStorage.clear();
  vi.useRealTimers();
});
