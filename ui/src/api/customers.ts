// What is known of a customer beside what they say: the values of the workspace's own fields, and figures.
import { api, call } from './client';
import type { Customer, Statistics } from './types';

// until the schema has it
// eslint-disable-next-line @typescript-eslint/no-explicit-any
const raw = api as any;
const at = (id: string) => ({ params: { path: { id } } });

/** Null takes a value away; what is left out stays. */
export const putFields = (id: string, body: Record<string, string | null>): Promise<Customer> =>
  call(raw.PUT('/api/customers/{id}/fields', { ...at(id), body }));
export const getStatistics = (id: string): Promise<Statistics> =>
  call(raw.GET('/api/customers/{id}/statistics', at(id)));
