// The workspace's tags: what wears them, and what the console asks about them.
import { api, call, ifMatch } from './client';
import type { Customer, Schemas, Session, Tag } from './types';

export type CountedTag = Tag & { sessions: number; customers: number };

export type TagChange = Schemas['EditTags'];

const at = (id: string) => ({ params: { path: { id } } });
const version = (tag: Tag) => ({ params: { path: { id: tag.id }, header: ifMatch(tag.version) } });

export const listTags = async (): Promise<Tag[]> => (await call(api.GET('/api/tags'))).items;
export const tagSession = (id: string, body: TagChange): Promise<Session> =>
  call(api.PATCH('/api/sessions/{id}/tags', { ...at(id), body }));
export const tagCustomer = (id: string, body: TagChange): Promise<Customer> =>
  call(api.PATCH('/api/customers/{id}/tags', { ...at(id), body }));

export const listCountedTags = async (): Promise<CountedTag[]> => {
  const { items } = await call(api.GET('/api/tags', { params: { query: { usage: true } } }));
  return items.map((tag) => ({ ...tag, sessions: tag.sessions ?? 0, customers: tag.customers ?? 0 }));
};
export const addTag = (body: Schemas['AddTag']): Promise<Tag> => call(api.POST('/api/tags', { body }));
export const changeTag = (tag: Tag, body: Schemas['ChangeTag']): Promise<Tag> =>
  call(api.PATCH('/api/tags/{id}', { ...version(tag), body }));
export const mergeTag = async (tag: Tag, into: string): Promise<void> => {
  await call(api.POST('/api/tags/{id}/merge', { ...at(tag.id), body: { into } }));
};
export const deleteTag = async (tag: Tag): Promise<void> => {
  await call(api.DELETE('/api/tags/{id}', version(tag)));
};
