// What the console asks about the tags of the workspace.
import { api, call, ifMatch } from './client';

export const TAG_COLORS = ['gray', 'red', 'orange', 'yellow', 'green', 'teal', 'blue', 'purple', 'pink'] as const;
export type TagColor = (typeof TAG_COLORS)[number];

export interface CountedTag {
  id: string;
  name: string;
  color: TagColor;
  version: number;
  sessions: number;
  customers: number;
}
type Tag = Omit<CountedTag, 'sessions' | 'customers'>;

// until the schema has it
// eslint-disable-next-line @typescript-eslint/no-explicit-any
const raw = api as any;
const at = ({ id, version }: Tag) => ({ params: { path: { id }, header: ifMatch(version) } });

export const listCountedTags = async (): Promise<CountedTag[]> =>
  (await call<{ items: CountedTag[] }>(raw.GET('/api/tags', { params: { query: { usage: true } } }))).items;
export const addTag = (body: { name: string; color: TagColor }): Promise<Tag> => call(raw.POST('/api/tags', { body }));
export const changeTag = (tag: Tag, body: { name?: string; color?: TagColor }): Promise<Tag> =>
  call(raw.PATCH('/api/tags/{id}', { ...at(tag), body }));
export const mergeTag = async (tag: Tag, into: string): Promise<void> => {
  await call(raw.POST('/api/tags/{id}/merge', { params: { path: { id: tag.id } }, body: { into } }));
};
export const deleteTag = async (tag: Tag): Promise<void> => {
  await call(raw.DELETE('/api/tags/{id}', at(tag)));
};
