// What is done with many sessions at once, and with one's own when one leaves.
import { api, call } from './client';
import type { Me } from './types';

// until the schema has it
// eslint-disable-next-line @typescript-eslint/no-explicit-any
const raw = api as any;

export interface Refusal {
  id: string;
  code: string;
  params?: Record<string, unknown>;
}

/** Each by its own rules: what was done, and what was not and why. */
export interface Outcome {
  done: string[];
  refused: Refusal[];
}

export type BulkAct =
  { do: 'end' | 'return' } | { do: 'assign'; to: string } | { do: 'tag' | 'untag'; tags: readonly string[] };

/** So many at once. */
export const BULK_MOST = 200;
export const actOnSessions = (ids: readonly string[], act: BulkAct): Promise<Outcome> =>
  call<Outcome>(raw.POST('/api/sessions/bulk', { body: { ids, ...act } }));

/** What becomes of my open sessions when I go offline. */
export type Leaving = { do: 'keep' } | { do: 'queue' } | { do: 'hand_over'; to: string; note?: string };
export const goOffline = (sessions: Leaving): Promise<Me> =>
  call<Me>(raw.PUT('/api/me/status', { body: { status: 'offline', sessions } }));

export interface HandOver {
  /** Null: the queue. */
  to: string | null;
  /** For all of them. */
  note?: string;
  /** For some of them, by session. */
  notes?: Record<string, string>;
  /** For the customers. */
  message?: string;
  /** Although the receiver is at their limit; supervisors only. */
  override?: boolean;
}
export const handOverSessions = (body: HandOver): Promise<Outcome> =>
  call<Outcome>(raw.POST('/api/me/sessions/hand-over', { body }));
