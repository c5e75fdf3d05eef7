// Accounts as administrators see and change them, and the invitations that lead to them.
import { api, call, ifMatch } from './client';
import type { Page } from './desk';
import type { FieldFault, Me, Role, Status } from './types';

export type AccountState = 'active' | 'invited' | 'disabled' | 'expired' | 'deleted';
export type Projects = 'all' | string[];

/** A link that sets a password: to get in for the first time, or again. */
export interface Invitation {
  kind: 'invitation' | 'reset';
  created_at: number;
  expires_at: number;
  mailed_at: number | null;
  mail_error: string | null;
}

/** A member as administrators see them. */
export interface Account {
  id: string;
  name: string;
  login_name: string;
  email: string | null;
  role: Role;
  state: AccountState;
  status: Status;
  limit: number;
  open_sessions: number;
  sees_no_project: boolean;
  all_projects: boolean;
  projects: string[];
  version: number;
  avatar: string | null;
  created_at: number;
  last_seen_at: number | null;
  connected: boolean;
  expires_at: number | null;
  second_factor: boolean;
  locked_until: number | null;
  invitation: Invitation | null;
}

export type AccountSort = 'name' | 'role' | 'last_seen' | 'joined';

export interface AccountQuery {
  q: string;
  role: string;
  state: string;
  project: string;
  sort: AccountSort;
  /** The order turned round. */
  reverse: boolean;
}

export interface AccountChange {
  name?: string;
  login_name?: string;
  email?: string | null;
  role?: Role;
  projects?: Projects;
  expires_at?: number | null;
  limit?: number;
}

export interface NewAccount extends AccountChange {
  name: string;
  login_name: string;
  role: Role;
  projects: Projects;
  password?: string;
  invite?: true;
}

export type Mailed = 'queued' | 'no_address' | 'not_set_up';
export interface FreshLink {
  account: Account;
  link: string;
  mailed: Mailed;
}
/** What disabling or deleting somebody means for others. */
export interface Departure {
  open_sessions: number;
  projects_left_without_agent: string[];
}

export interface ImportLine {
  line: number;
  name: string;
  login_name: string;
  email: string | null;
  /** None: a word that names no role. */
  role: Role | null;
  projects: Projects;
  errors: FieldFault[];
}
export interface ImportPreview {
  digest: string;
  lines: ImportLine[];
  good: number;
  bad: number;
}
export interface ImportBody {
  csv: string;
  projects: Projects;
  role: Role;
}

export interface Login {
  id: string;
  device: string;
  address: string;
  created_at: number;
  last_seen_at: number | null;
  ended_at: number | null;
  end_reason: string | null;
  live: boolean;
  current: boolean;
}
export interface Attempt {
  at: number;
  address: string;
  device: string;
  reason: string;
}
export type LoginPage = Page<Login> & { attempts?: Attempt[] };

export interface InvitationLook {
  workspace: { slug: string; name: string };
  name: string;
  login_name: string;
  kind: Invitation['kind'];
  expires_at: number;
}

interface Options {
  params?: { path?: { id: string }; query?: object; header?: object };
  body?: unknown;
}
type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
type Ask = (path: string, options?: Options) => Promise<{ data?: unknown; error?: unknown; response: Response }>;

// The shapes above are said here once and by hand; the paths are checked by the tests against the server.
const wire = api as unknown as Record<Method, Ask>;
const ask = <T>(method: Method, path: string, options?: Options): Promise<T> =>
  call<T>(wire[method](path, options) as Promise<{ data?: T; error?: unknown; response: Response }>) as Promise<T>;

const at = (id: string) => ({ params: { path: { id } } });
const filled = (query: object): object => Object.fromEntries(Object.entries(query).filter(([, value]) => value));

export const listAccounts = (query: AccountQuery, cursor: string | null): Promise<Page<Account> & { total: number }> =>
  ask('GET', '/api/accounts', { params: { query: filled({ ...query, cursor, limit: 50 }) } });
export const getAccount = (id: string): Promise<Account> => ask('GET', '/api/accounts/{id}', at(id));
export const addAccount = (body: NewAccount): Promise<Account & { link: string | null }> =>
  ask('POST', '/api/members', { body });
export const changeAccount = (id: string, version: number, body: AccountChange): Promise<Account> =>
  ask('PATCH', '/api/members/{id}', { params: { path: { id }, header: ifMatch(version) }, body });
export const disableAccount = (id: string): Promise<Account> => ask('POST', '/api/members/{id}/disable', at(id));
export const enableAccount = (id: string): Promise<Account> => ask('POST', '/api/members/{id}/enable', at(id));
export const signOutAccount = (id: string): Promise<Account> => ask('POST', '/api/members/{id}/sign-out', at(id));
export const setPassword = (id: string, password: string): Promise<Account> =>
  ask('PUT', '/api/members/{id}/password', { ...at(id), body: { password } });
export const freshLink = (id: string): Promise<FreshLink> => ask('POST', '/api/members/{id}/invitation', at(id));
export const revokeLink = (id: string): Promise<Account> => ask('DELETE', '/api/members/{id}/invitation', at(id));
export const getDeparture = (id: string): Promise<Departure> => ask('GET', '/api/members/{id}/departure', at(id));
export const deleteAccount = (id: string, version: number): Promise<void> =>
  ask('DELETE', '/api/members/{id}', { params: { path: { id }, header: ifMatch(version) } });
export const resetSecondFactor = (id: string): Promise<void> =>
  ask('DELETE', '/api/members/{id}/second-factor', at(id));
export const listLogins = (id: string, cursor: string | null): Promise<LoginPage> =>
  ask('GET', '/api/members/{id}/logins', { params: { path: { id }, query: filled({ cursor }) } });
export const handOver = (body: { member_id: string; password: string }): Promise<Me> =>
  ask('POST', '/api/ownership', { body });

export const previewImport = (body: ImportBody): Promise<ImportPreview> =>
  ask('POST', '/api/members/import/preview', { body });
export const importAccounts = (
  body: ImportBody & { digest: string },
): Promise<{ added: { account: Account; link: string }[] }> => ask('POST', '/api/members/import', { body });

export const lookAtInvitation = (token: string): Promise<InvitationLook> =>
  ask('POST', '/api/invitations/look', { body: { token } });
export const acceptInvitation = (body: { token: string; password: string }): Promise<Me> =>
  ask('POST', '/api/invitations/accept', { body });
