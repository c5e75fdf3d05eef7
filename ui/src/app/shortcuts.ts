// One registry of what keys do: the handlers and the help both read it. Matches the place of a key (event.code), so a
// Russian or Greek layout works like a Latin one.

export type ActionName = 'next' | 'previous' | 'end' | 'reply' | 'take' | 'help' | 'list' | 'transfer' | 'note';

export interface Shortcut {
  name: ActionName;
  code: string;
  shift?: boolean;
  alt?: boolean;
  /** Works while typing too. */
  everywhere?: boolean;
  keys: readonly string[];
}

export const SHORTCUTS: readonly Shortcut[] = [
  { name: 'next', code: 'KeyJ', keys: ['J'] },
  { name: 'next', code: 'KeyJ', alt: true, everywhere: true, keys: ['Alt', 'J'] },
  { name: 'previous', code: 'KeyK', keys: ['K'] },
  { name: 'previous', code: 'KeyK', alt: true, everywhere: true, keys: ['Alt', 'K'] },
  { name: 'reply', code: 'KeyR', keys: ['R'] },
  { name: 'take', code: 'KeyT', shift: true, keys: ['Shift', 'T'] },
  { name: 'transfer', code: 'KeyT', keys: ['T'] },
  { name: 'note', code: 'KeyN', keys: ['N'] },
  { name: 'end', code: 'KeyE', keys: ['E'] },
  { name: 'list', code: 'KeyL', keys: ['L'] },
  { name: 'help', code: 'Slash', shift: true, keys: ['?'] },
];

function inField(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}

/** Keys inside an open dialog or menu belong to it. */
function inLayer(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('dialog, [role="menu"]') !== null;
}

export function actionOf(event: KeyboardEvent): ActionName | null {
  if (event.isComposing || event.keyCode === 229 || event.defaultPrevented) return null;
  if (event.ctrlKey || event.metaKey || inLayer(event.target)) return null;
  const typing = inField(event.target);
  // On layouts where `?` is elsewhere the character itself says it.
  if (!typing && event.key === '?') return 'help';
  const found = SHORTCUTS.find(
    (shortcut) =>
      shortcut.code === event.code &&
      (shortcut.shift ?? false) === event.shiftKey &&
      (shortcut.alt ?? false) === event.altKey &&
      (!typing || shortcut.everywhere),
  );
  return found?.name ?? null;
}

export type Handlers = Partial<Record<ActionName, () => void>>;

/** Listens on the window until the returned function is called. */
export function listen(handlers: Handlers): () => void {
  const onKey = (event: KeyboardEvent) => {
    const action = actionOf(event);
    const handler = action && handlers[action];
    if (!handler) return;
    event.preventDefault();
    handler();
  };
  window.addEventListener('keydown', onKey);
  return () => window.removeEventListener('keydown', onKey);
}
