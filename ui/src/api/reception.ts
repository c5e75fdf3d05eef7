// What is done with many sessions at once, and with one's own when one leaves.
import { api, call } from './client';
import type { Me, Schemas } from './types';

/** With what its words need. */
export type Refusal = Omit<Schemas['BulkRefused'], 'params'> & { params?: Record<string, unknown> };
/** Each by its own rules: what was done, and what was not and why. */
export type Outcome = Omit<Schemas['BulkOutcome'], 'refused'> & { refused: Refusal[] };

export type BulkAct = { do: 'end' | 'return' } | { do: 'assign'; to: string } | { do: 'tag' | 'untag'; tags: string[] };

/** So many at once. */
export const BULK_MOST = 200;
export const actOnSessions = (ids: readonly string[], act: BulkAct): Promise<Outcome> =>
  call(api.POST('/api/sessions/bulk', { body: { ids: [...ids], ...act } }));

/** What becomes of my open sessions when I go offline. */
export type Leaving = Schemas['TheirSessions'];
export const goOffline = (sessions: Leaving): Promise<Me> =>
  call(api.PUT('/api/me/status', { body: { status: 'offline', sessions } }));

export type HandOver = Schemas['HandOverSessions'] & {
  /** Null: the queue. */
  to: string | null;
};
export const handOverSessions = (body: HandOver): Promise<Outcome> =>
  call(api.POST('/api/me/sessions/hand-over', { body }));
