// The workspace's tags.
import { api, call } from './client';
import type { Tag } from './types';

// until the schema has it
// eslint-disable-next-line @typescript-eslint/no-explicit-any
const raw = api as any;

export const listTags = async (): Promise<Tag[]> => (await call<{ items: Tag[] }>(raw.GET('/api/tags'))).items;
