// What this browser can do just now: whether it may show notifications, and whether it plays sounds.
import type { Permission } from './obstacles';
import { sounding, wakeSounds } from './sounds';

const GESTURES = ['pointerdown', 'keydown'] as const;

class Able {
  permission = $state<Permission>(this.look());
  sounds = $state(sounding());
  /** It has the words, but shows nothing of a page that is merely open (Chrome on Android). */
  private unable = false;

  /** Keeps what is said here true, until the returned function is called. */
  watch(): () => void {
    const look = () => this.refresh();
    const touched = () => {
      wakeSounds();
      // A context that was just woken runs a moment later.
      setTimeout(look, 100);
    };
    for (const gesture of GESTURES) window.addEventListener(gesture, touched, { capture: true, once: true });
    window.addEventListener('focus', look);
    let status: PermissionStatus | null = null;
    void navigator.permissions
      ?.query({ name: 'notifications' })
      .then((found) => {
        status = found;
        status.onchange = look;
      })
      .catch(() => undefined);
    this.refresh();
    return () => {
      for (const gesture of GESTURES) window.removeEventListener(gesture, touched, { capture: true });
      window.removeEventListener('focus', look);
      if (status) status.onchange = null;
    };
  }

  refresh(): void {
    this.permission = this.look();
    this.sounds = sounding();
  }

  /** The browser asks only when somebody has just done something. */
  async ask(): Promise<void> {
    if ('Notification' in globalThis) await Notification.requestPermission().catch(() => undefined);
    this.refresh();
  }

  failed(): void {
    this.unable = true;
    this.refresh();
  }

  private look(): Permission {
    if (globalThis.isSecureContext === false) return 'insecure';
    if (this.unable || !('Notification' in globalThis)) return 'missing';
    return Notification.permission;
  }
}

export const able = new Able();
