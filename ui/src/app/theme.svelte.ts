// Light or dark, as chosen or as the system says. public/theme.js does the same before the first paint.
import type { Theme } from '../api/types';
import { store, stored } from '../lib/storage';

const KEY = 'teledesk.theme';
const system = matchMedia('(prefers-color-scheme: dark)');

function isTheme(value: string | null): value is Theme {
  return value === 'system' || value === 'light' || value === 'dark';
}

const kept = stored(KEY);
let chosen = $state<Theme>(isTheme(kept) ? kept : 'system');

export function theme(): Theme {
  return chosen;
}

function paint(): void {
  const dark = chosen === 'dark' || (chosen === 'system' && system.matches);
  document.documentElement.dataset['theme'] = dark ? 'dark' : 'light';
  const bar = document.querySelector('meta[name="theme-color"]');
  bar?.setAttribute('content', getComputedStyle(document.documentElement).getPropertyValue('--surface-2').trim());
}

export function wear(next: Theme): void {
  chosen = next;
  store(KEY, next);
  paint();
}

// Another tab of this browser chose.
window.addEventListener('storage', ({ key, newValue }) => {
  if (key !== KEY || !isTheme(newValue)) return;
  chosen = newValue;
  paint();
});
system.addEventListener('change', paint);
paint();
