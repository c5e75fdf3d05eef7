// What the console asks about diversion: the dry run, and whom it may be about.
import { api, call } from './client';
import type { Customer, Schemas } from './types';

export type Verdict = Schemas['DiversionVerdict'];

export type Candidate = Schemas['DryRunCandidate'];

/** What would happen if a customer wrote now. */
export type DryRun = Schemas['DryRun'];

export const dryRun = (project: string, customer: string | null): Promise<DryRun> =>
  call(
    api.POST('/api/projects/{id}/diversion/dry-run', {
      params: { path: { id: project } },
      body: customer === null ? {} : { customer_id: customer },
    }),
  );

const MOST = 8;

/** Customers of a project by name, username or Telegram ID: those with live sessions first. */
export async function findCustomers(project: string, q: string): Promise<Customer[]> {
  const found = await Promise.all(
    (['all', 'ended'] as const).map((tab) =>
      call(api.GET('/api/sessions', { params: { query: { tab, project, q, limit: 20 } } })),
    ),
  );
  const customers = found.flatMap((page) => page.items.map((session) => session.customer));
  return [...new Map(customers.map((customer) => [customer.id, customer])).values()].slice(0, MOST);
}
