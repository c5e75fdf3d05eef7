// What tests of a team at work do beside the pages: calls as the member of a page, tags, sessions by their customer.
import { expect, type Page } from '@playwright/test';

import type { Customer, Team } from './team.ts';

export interface SessionOf {
  id: string;
  state: 'waiting' | 'open' | 'ended';
  assignee: { id: string; name: string } | null;
  customer: { id: string; first_name: string };
}

/** A call as who is signed in on a page. */
export function as<T>(page: Page, method: string, path: string, body?: unknown): Promise<T> {
  return page.evaluate(
    async ([method, path, body]) => {
      const init: RequestInit = { method };
      if (body !== undefined) {
        init.body = JSON.stringify(body);
        init.headers = { 'content-type': 'application/json' };
      }
      const response = await fetch(path, init);
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
      return (text ? JSON.parse(text) : undefined) as T;
    },
    [method, path, body] as const,
  );
}

/** The newest session of a customer, once there is one. */
export async function sessionOf(team: Team, first_name: string): Promise<SessionOf> {
  let found: SessionOf | undefined;
  await expect
    .poll(async () => {
      for (const tab of ['all', 'ended']) {
        const page = await team.api<{ items: SessionOf[] }>('GET', `/api/sessions?tab=${tab}&limit=200`);
        found ??= page.items.find((session) => session.customer.first_name === first_name);
      }
      return found?.id;
    })
    .toBeTruthy();
  if (!found) throw new Error(`no session of ${first_name}`);
  return found;
}

/** Customers who have each written once, and whose sessions exist. */
export async function customersWrite(team: Team, names: readonly string[]): Promise<Customer[]> {
  const customers: Customer[] = [];
  for (const name of names) {
    const customer = await team.customer(name, { last_name: 'Example' });
    customers.push(customer);
    await team.write(customer, `Hello, I am ${name}`);
    await sessionOf(team, name);
  }
  return customers;
}

export async function makeTag(team: Team, name: string, color: string): Promise<string> {
  return (await team.api<{ id: string }>('POST', '/api/tags', { name, color })).id;
}
