// Saved lists: one's own.
import type { Filter } from '../store/filter';
import { api, call, ifMatch } from './client';
import type { Schemas } from './types';

export type SavedView = Schemas['SavedView'];

const said = (filter: Filter): Schemas['ViewFilters'] => ({ ...filter, tags: [...filter.tags] });

export const listViews = async (): Promise<SavedView[]> => (await call(api.GET('/api/views'))).items;
export const addView = (name: string, filters: Filter): Promise<SavedView> =>
  call(api.POST('/api/views', { body: { name, filters: said(filters) } }));
export const changeView = (view: SavedView, body: { name?: string; filters?: Filter }): Promise<SavedView> =>
  call(
    api.PATCH('/api/views/{id}', {
      params: { path: { id: view.id }, header: ifMatch(view.version) },
      body: { name: body.name, filters: body.filters && said(body.filters) },
    }),
  );
export const removeView = async (view: SavedView): Promise<void> => {
  await call(api.DELETE('/api/views/{id}', { params: { path: { id: view.id } } }));
};
