// Accounts as administrators see and change them, and the invitations that lead to them.
import { api, call, ifMatch } from './client';
import type { Me, Role, Schemas } from './types';

export type AccountState = Schemas['AccountState'];
/** All projects, or these. */
export type Projects = Schemas['TheirProjects'];

/** A link that sets a password: to get in for the first time, or again. */
export type Invitation = Schemas['Invitation'];

/** A member as administrators see them. */
export type Account = Schemas['Account'];

export type AccountSort = Schemas['AccountSort'];

/** What is empty is not asked for. */
export interface AccountQuery {
  q: string;
  role: Role | '';
  state: AccountState | '';
  project: string;
  sort: AccountSort;
  /** The order turned round. */
  reverse: boolean;
}

export type AccountChange = Schemas['ChangeMember'];
export type NewAccount = Schemas['NewMember'];
export type AddedAccount = Schemas['AddedMember'];

export type Mailed = Schemas['Mailed'];
export type FreshLink = Schemas['IssuedLink'];
/** What disabling or deleting somebody means for others. */
export type Departure = Schemas['Departure'];

/** The schema does not say what the projects of a line may be. */
export type ImportLine = Omit<Schemas['ImportLine'], 'projects'> & { projects: Projects };
export type ImportPreview = Omit<Schemas['ImportPreview'], 'lines'> & { lines: ImportLine[] };
export type ImportBody = Schemas['PreviewImport'];

export type Attempt = Schemas['LoginAttempt'];
export type LoginPage = Schemas['LoginsOfMember'];

export type InvitationLook = Schemas['InvitationLook'];

const at = (id: string) => ({ params: { path: { id } } });
const version = (id: string, version: number) => ({ params: { path: { id }, header: ifMatch(version) } });

export const listAccounts = (query: AccountQuery, cursor: string | null): Promise<Schemas['AccountPage']> =>
  call(
    api.GET('/api/accounts', {
      params: {
        query: {
          q: query.q || undefined,
          role: query.role || undefined,
          state: query.state || undefined,
          project: query.project || undefined,
          sort: query.sort,
          reverse: query.reverse || undefined,
          cursor: cursor ?? undefined,
          limit: 50,
        },
      },
    }),
  );
export const getAccount = (id: string): Promise<Account> => call(api.GET('/api/accounts/{id}', at(id)));
export const addAccount = (body: NewAccount): Promise<AddedAccount> => call(api.POST('/api/members', { body }));
export const changeAccount = (id: string, based: number, body: AccountChange): Promise<Account> =>
  call(api.PATCH('/api/members/{id}', { ...version(id, based), body }));
export const disableAccount = (id: string): Promise<Account> => call(api.POST('/api/members/{id}/disable', at(id)));
export const enableAccount = (id: string): Promise<Account> => call(api.POST('/api/members/{id}/enable', at(id)));
export const signOutAccount = (id: string): Promise<Account> => call(api.POST('/api/members/{id}/sign-out', at(id)));
export const setPassword = (id: string, password: string): Promise<Account> =>
  call(api.PUT('/api/members/{id}/password', { ...at(id), body: { password } }));
export const freshLink = (id: string): Promise<FreshLink> => call(api.POST('/api/members/{id}/invitation', at(id)));
export const revokeLink = (id: string): Promise<Account> => call(api.DELETE('/api/members/{id}/invitation', at(id)));
export const getDeparture = (id: string): Promise<Departure> => call(api.GET('/api/members/{id}/departure', at(id)));
export const deleteAccount = async (id: string, based: number): Promise<void> => {
  await call(api.DELETE('/api/members/{id}', version(id, based)));
};
export const resetSecondFactor = async (id: string): Promise<void> => {
  await call(api.DELETE('/api/members/{id}/second-factor', at(id)));
};
export const listLogins = (id: string, cursor: string | null): Promise<LoginPage> =>
  call(api.GET('/api/members/{id}/logins', { params: { path: { id }, query: { cursor: cursor ?? undefined } } }));
export const handOver = (body: Schemas['HandOver']): Promise<Me> => call(api.POST('/api/ownership', { body }));

export const previewImport = async (body: ImportBody): Promise<ImportPreview> =>
  (await call(api.POST('/api/members/import/preview', { body }))) as ImportPreview;
export const importAccounts = (body: Schemas['RunImport']): Promise<Schemas['ImportedMembers']> =>
  call(api.POST('/api/members/import', { body }));

export const lookAtInvitation = (token: string): Promise<InvitationLook> =>
  call(api.POST('/api/invitations/look', { body: { token } }));
export const acceptInvitation = (body: Schemas['Accept']): Promise<Me> =>
  call(api.POST('/api/invitations/accept', { body }));
