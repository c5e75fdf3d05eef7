// What is known of a customer beside what they say: the values of the workspace's own fields, and figures.
import { api, call } from './client';
import type { Customer, Statistics } from './types';

const at = (id: string) => ({ params: { path: { id } } });

/** Null takes a value away; what is left out stays. */
export const putFields = (id: string, body: Record<string, string | null>): Promise<Customer> =>
  call(api.PUT('/api/customers/{id}/fields', { ...at(id), body }));
export const getStatistics = (id: string): Promise<Statistics> =>
  call(api.GET('/api/customers/{id}/statistics', at(id)));
