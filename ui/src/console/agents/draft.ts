// What is typed about an account, what of it is a change, and what becomes of it when somebody else was faster.
import type { Account, AccountChange, NewAccount, Projects } from '../../api/members';
import type { Role } from '../../api/types';
import { dayKey, endOfDay, type Clock } from '../../lib/time';

export interface Draft {
  name: string;
  login_name: string;
  email: string;
  role: Role;
  projects: Projects;
  /** Null: the project's default counts. */
  limit: number | null;
  /** The last day on which the account works, as a date field has it; empty: it does not expire. */
  expires: string;
}
export type DraftField = keyof Draft;

/** What a limit of one's own begins with. */
export const DEFAULT_LIMIT = 3;

export const emptyDraft = (): Draft => ({
  name: '',
  login_name: '',
  email: '',
  role: 'agent',
  projects: 'all',
  limit: null,
  expires: '',
});

export function draftOf(account: Account, clock: Clock): Draft {
  return {
    name: account.name,
    login_name: account.login_name,
    email: account.email ?? '',
    role: account.role,
    projects: account.all_projects ? 'all' : [...account.projects].sort(),
    limit: account.own_limit ?? null,
    // It ends with the day: the moment itself is the next one's.
    expires: account.expires_at ? dayKey(account.expires_at - 1, clock) : '',
  };
}

function same(one: Draft[DraftField], other: Draft[DraftField]): boolean {
  const plain = (value: Draft[DraftField]) => (Array.isArray(value) ? [...value].sort() : value);
  return JSON.stringify(plain(one)) === JSON.stringify(plain(other));
}

export function changedFields(base: Draft, draft: Draft): DraftField[] {
  return (Object.keys(base) as DraftField[]).filter((field) => !same(base[field], draft[field]));
}

/** The draft as the API takes it. */
export function wireOf(draft: Draft, clock: Clock): Required<Omit<NewAccount, 'password' | 'invite'>> {
  return {
    name: draft.name.trim(),
    login_name: draft.login_name.trim(),
    email: draft.email.trim() || null,
    role: draft.role,
    projects: draft.projects,
    limit: draft.limit,
    expires_at: draft.expires ? endOfDay(draft.expires, clock) : null,
  };
}

/** Only what differs from the account as it was shown. */
export function changeOf(base: Draft, draft: Draft, clock: Clock): AccountChange {
  const all = wireOf(draft, clock);
  const keys = changedFields(base, draft).map((field) => (field === 'expires' ? 'expires_at' : field));
  return Object.fromEntries(keys.map((key) => [key, all[key]]));
}

/**
 * Puts what was typed on top of a newer account: fields that were not touched take the newer value, the others keep what was typed.
 * `theirs` are those that both changed to something else.
 */
export function rebase(
  base: Draft,
  newer: Draft,
  draft: Draft,
): { draft: Draft; theirs: DraftField[]; news: DraftField[] } {
  const mine = new Set(changedFields(base, draft));
  const news = changedFields(base, newer);
  const kept = Object.fromEntries([...mine].map((field) => [field, draft[field]])) as Partial<Draft>;
  const theirs = news.filter((field) => mine.has(field) && !same(newer[field], draft[field]));
  return { draft: { ...newer, ...kept }, theirs, news };
}
