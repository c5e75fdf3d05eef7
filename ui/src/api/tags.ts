// The workspace's tags: what wears them, and what the console asks about them.
import { api, call, ifMatch } from './client';
import type { Customer, Session, Tag, TagColor } from './types';

export interface CountedTag extends Tag {
  sessions: number;
  customers: number;
}

export interface TagChange {
  add?: string[];
  remove?: string[];
}

// until the schema has it
// eslint-disable-next-line @typescript-eslint/no-explicit-any
const raw = api as any;
const at = (id: string) => ({ params: { path: { id } } });
const version = (tag: Tag) => ({ params: { path: { id: tag.id }, header: ifMatch(tag.version) } });

export const listTags = async (): Promise<Tag[]> => (await call<{ items: Tag[] }>(raw.GET('/api/tags'))).items;
export const tagSession = (id: string, body: TagChange): Promise<Session> =>
  call(raw.PATCH('/api/sessions/{id}/tags', { ...at(id), body }));
export const tagCustomer = (id: string, body: TagChange): Promise<Customer> =>
  call(raw.PATCH('/api/customers/{id}/tags', { ...at(id), body }));

export const listCountedTags = async (): Promise<CountedTag[]> =>
  (await call<{ items: CountedTag[] }>(raw.GET('/api/tags', { params: { query: { usage: true } } }))).items;
export const addTag = (body: { name: string; color: TagColor }): Promise<Tag> => call(raw.POST('/api/tags', { body }));
export const changeTag = (tag: Tag, body: { name?: string; color?: TagColor }): Promise<Tag> =>
  call(raw.PATCH('/api/tags/{id}', { ...version(tag), body }));
export const mergeTag = async (tag: Tag, into: string): Promise<void> => {
  await call(raw.POST('/api/tags/{id}/merge', { ...at(tag.id), body: { into } }));
};
export const deleteTag = async (tag: Tag): Promise<void> => {
  await call(raw.DELETE('/api/tags/{id}', version(tag)));
};
