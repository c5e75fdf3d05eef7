// How a session goes from one member to another, and back to life: one function per route.
import { api, call } from './client';
import type { Receiver, Session, Viewer } from './types';

// until the schema has it
// eslint-disable-next-line @typescript-eslint/no-explicit-any
const raw = api as any;
const at = (id: string) => ({ params: { path: { id } } });

export interface Transfer {
  /** Null: the queue. */
  to: string | null;
  note?: string;
  /** For the customer. */
  message?: string;
  /** Although the receiver is at their limit; supervisors only. */
  override?: boolean;
}

export const transferSession = (id: string, body: Transfer): Promise<Session> =>
  call(raw.POST('/api/sessions/{id}/transfer', { ...at(id), body }));
export const assignSession = (id: string, body: { to: string; note?: string }): Promise<Session> =>
  call(raw.POST('/api/sessions/{id}/assign', { ...at(id), body }));
export const takeOverSession = (id: string): Promise<Session> => call(raw.POST('/api/sessions/{id}/take-over', at(id)));
export const returnSession = (id: string, body: { note?: string }): Promise<Session> =>
  call(raw.POST('/api/sessions/{id}/return', { ...at(id), body }));
export const reopenSession = (id: string): Promise<Session> => call(raw.POST('/api/sessions/{id}/reopen', at(id)));
export const listReceivers = async (id: string, q: string): Promise<Receiver[]> =>
  (
    await call<{ items: Receiver[] }>(
      raw.GET('/api/sessions/{id}/receivers', { params: { path: { id }, query: { q: q || undefined } } }),
    )
  ).items;

export const listViewers = async (id: string): Promise<Viewer[]> =>
  (await call<{ members: Viewer[] }>(raw.GET('/api/sessions/{id}/viewers', at(id)))).members;
/** `gone` is said also while the page goes away. */
export const sayViewing = async (id: string, state: Viewer['state'] | 'gone'): Promise<void> => {
  await call(raw.POST('/api/sessions/{id}/viewing', { ...at(id), body: { state }, keepalive: state === 'gone' }));
};
