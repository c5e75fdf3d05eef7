// How a session goes from one member to another, and back to life: one function per route.
import { api, call } from './client';
import type { Receiver, Schemas, Session, Viewer } from './types';

const at = (id: string) => ({ params: { path: { id } } });

export type Transfer = Schemas['TransferSession'] & {
  /** Null: the queue. */
  to: string | null;
};

export const transferSession = (id: string, body: Transfer): Promise<Session> =>
  call(api.POST('/api/sessions/{id}/transfer', { ...at(id), body }));
export const assignSession = (id: string, body: Schemas['AssignSession']): Promise<Session> =>
  call(api.POST('/api/sessions/{id}/assign', { ...at(id), body }));
export const takeOverSession = (id: string): Promise<Session> => call(api.POST('/api/sessions/{id}/take-over', at(id)));
export const returnSession = (id: string, body: Schemas['ReturnSession']): Promise<Session> =>
  call(api.POST('/api/sessions/{id}/return', { ...at(id), body }));
export const reopenSession = (id: string): Promise<Session> => call(api.POST('/api/sessions/{id}/reopen', at(id)));
export const listReceivers = async (id: string, q: string): Promise<Receiver[]> =>
  (await call(api.GET('/api/sessions/{id}/receivers', { params: { path: { id }, query: { q: q || undefined } } })))
    .items;

export const listViewers = async (id: string): Promise<Viewer[]> =>
  (await call(api.GET('/api/sessions/{id}/viewers', at(id)))).members;
/** `gone` is said also while the page goes away. */
export const sayViewing = async (id: string, state: Schemas['Said']): Promise<void> => {
  await call(api.POST('/api/sessions/{id}/viewing', { ...at(id), body: { state }, keepalive: state === 'gone' }));
};
