// Who has a session open just now, as the line tells. Not numbered and never replayed, so it goes stale by itself.
import type { Viewer } from '../api/types';

const KEPT = 45_000;
const TYPING = 7_000;

interface Seen {
  members: readonly Viewer[];
  expires: ReturnType<typeof setTimeout>;
  calms: ReturnType<typeof setTimeout> | undefined;
}

export class Viewers {
  private seen = $state.raw<ReadonlyMap<string, Seen>>(new Map());

  of(sessionId: string): readonly Viewer[] {
    return this.seen.get(sessionId)?.members ?? [];
  }

  put(sessionId: string, members: readonly Viewer[]): void {
    this.release(sessionId);
    const next = new Map(this.seen);
    next.delete(sessionId);
    if (members.length > 0) {
      const expires = setTimeout(() => this.put(sessionId, []), KEPT);
      const calms = members.some(({ state }) => state === 'typing')
        ? setTimeout(() => this.calm(sessionId), TYPING)
        : undefined;
      next.set(sessionId, { members, expires, calms });
    }
    this.seen = next;
  }

  clear(): void {
    for (const id of this.seen.keys()) this.release(id);
    this.seen = new Map();
  }

  /** Nobody types for so long without saying so again. */
  private calm(sessionId: string): void {
    const known = this.seen.get(sessionId);
    if (!known) return;
    const members = known.members.map((member): Viewer => ({ ...member, state: 'viewing' }));
    this.seen = new Map(this.seen).set(sessionId, { ...known, members, calms: undefined });
  }

  private release(sessionId: string): void {
    const known = this.seen.get(sessionId);
    clearTimeout(known?.expires);
    clearTimeout(known?.calms);
  }
}

export const viewers = new Viewers();
