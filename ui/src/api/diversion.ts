// What the console asks about diversion: the dry run, and whom it may be about.
import { api, call } from './client';
import type { Page } from './desk';
import type { Customer, MemberRef, Role, Session, Status, Why } from './types';

export type Verdict = 'chosen' | 'could' | 'busy' | 'offline' | 'not_connected' | 'at_limit' | 'not_taken_up';

export interface Candidate {
  member: MemberRef;
  role: Role;
  status: Status;
  connected: boolean;
  open: number;
  limit: number;
  verdict: Verdict;
}

/** What would happen if a customer wrote now. */
export interface DryRun {
  assignee: MemberRef | null;
  why: Why | null;
  waiting_before: number;
  candidates: readonly Candidate[];
}

// until the schema has it
// eslint-disable-next-line @typescript-eslint/no-explicit-any
const raw = api as any;

export const dryRun = (project: string, customer: string | null): Promise<DryRun> =>
  call(
    raw.POST('/api/projects/{id}/diversion/dry-run', {
      params: { path: { id: project } },
      body: customer === null ? {} : { customer_id: customer },
    }),
  );

const MOST = 8;

/** Customers of a project by name, username or Telegram ID: those with live sessions first. */
export async function findCustomers(project: string, q: string): Promise<Customer[]> {
  const found = await Promise.all(
    ['all', 'ended'].map((tab) =>
      call<Page<Session>>(raw.GET('/api/sessions', { params: { query: { tab, project, q, limit: 20 } } })),
    ),
  );
  const customers = found.flatMap((page) => page.items.map((session) => session.customer));
  return [...new Map(customers.map((customer) => [customer.id, customer])).values()].slice(0, MOST);
}
