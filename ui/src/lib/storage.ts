// localStorage that never throws: it may be switched off or full. And whether there are cookies.

export function stored(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** Whether it was kept. */
export function store(key: string, value: string | null): boolean {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
    return true;
  } catch {
    return false;
  }
}

export function storedUnder(prefix: string): string[] {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(prefix));
  } catch {
    return [];
  }
}

export function storedJson<T>(key: string, isValid: (value: unknown) => value is T): T | null {
  const text = stored(key);
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    return isValid(value) ? value : null;
  } catch {
    return null;
  }
}

/** Whether the browser keeps cookies. Tried, not asked: `navigator.cookieEnabled` is true in Chromium that blocks them all. */
export function keepsCookies(): boolean {
  try {
    document.cookie = 'teledesk_probe=1; max-age=60; samesite=strict';
    const kept = document.cookie.includes('teledesk_probe=1');
    document.cookie = 'teledesk_probe=; max-age=0; samesite=strict';
    return kept;
  } catch {
    return false;
  }
}
