// The workspace's tags, and what wears them.
import { api, call } from './client';
import type { Customer, Session, Tag } from './types';

// until the schema has it
// eslint-disable-next-line @typescript-eslint/no-explicit-any
const raw = api as any;
const at = (id: string) => ({ params: { path: { id } } });

export interface TagChange {
  add?: string[];
  remove?: string[];
}

export const listTags = async (): Promise<Tag[]> => (await call<{ items: Tag[] }>(raw.GET('/api/tags'))).items;
export const tagSession = (id: string, body: TagChange): Promise<Session> =>
  call(raw.PATCH('/api/sessions/{id}/tags', { ...at(id), body }));
export const tagCustomer = (id: string, body: TagChange): Promise<Customer> =>
  call(raw.PATCH('/api/customers/{id}/tags', { ...at(id), body }));
