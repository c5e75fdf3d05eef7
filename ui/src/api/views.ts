// Saved lists: one's own.
import type { Filter } from '../store/filter';
import { api, call, ifMatch } from './client';

// until the schema has it
export interface SavedView {
  id: string;
  name: string;
  filters: Partial<Filter>;
  position: number;
  version: number;
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any
const raw = api as any;
const at = ({ id, version }: SavedView) => ({ params: { path: { id }, header: ifMatch(version) } });

export const listViews = async (): Promise<SavedView[]> =>
  (await call<{ items: SavedView[] }>(raw.GET('/api/views'))).items;
export const addView = (name: string, filters: Filter): Promise<SavedView> =>
  call<SavedView>(raw.POST('/api/views', { body: { name, filters } }));
export const changeView = (view: SavedView, body: { name?: string; filters?: Filter }): Promise<SavedView> =>
  call<SavedView>(raw.PATCH('/api/views/{id}', { ...at(view), body }));
export const removeView = async (view: SavedView): Promise<void> => {
  await call(raw.DELETE('/api/views/{id}', at(view)));
};
