// One function per route, so that what the schema calls things stays in here and in types.ts.
import { api, call, ifMatch } from './client';
import type {
  BotLook,
  Counts,
  Customer,
  Draft,
  Me,
  Member,
  Message,
  Project,
  Schemas,
  Session,
  SessionQuery,
  Site,
  Status,
  TelegramApi,
  Theme,
} from './types';

export interface Page<T> {
  items: T[];
  next?: string | null;
}
export type SessionPage = Schemas['SessionPage'];

const at = (id: string) => ({ params: { path: { id } } });

export const getSite = (): Promise<Site> => call(api.GET('/api/site'));
export const getMe = (): Promise<Me> => call(api.GET('/api/me'));

export interface SetUp {
  token: string;
  workspace: { name: string; slug: string; time_zone: string };
  owner: { name: string; login_name: string; password: string };
}
export const setUp = (body: SetUp): Promise<Me> => call(api.POST('/api/setup', { body }));

export const signIn = (body: {
  workspace?: string;
  login_name: string;
  password: string;
  code?: string;
}): Promise<Me> => call(api.POST('/api/logins', { body }));
export const signOut = async (): Promise<void> => {
  await call(api.DELETE('/api/logins/current'));
};

export interface ProfileChange {
  name?: string;
  language?: string;
  theme?: Theme;
  time_zone?: string;
  send_key?: Me['send_key'];
  notifications?: Me['notifications'];
}
export const changeMe = (version: number, body: ProfileChange): Promise<Me> =>
  call(api.PATCH('/api/me', { params: { header: ifMatch(version) }, body }));
export const changeStatus = (status: Status): Promise<Me> => call(api.PUT('/api/me/status', { body: { status } }));

export const listMembers = async (): Promise<Member[]> => (await call(api.GET('/api/members'))).items;
export const listProjects = async (): Promise<Project[]> => (await call(api.GET('/api/projects'))).items;
export const addProject = (body: Schemas['NewProject']): Promise<Project> => call(api.POST('/api/projects', { body }));
export const replaceToken = (id: string, token: string): Promise<Project> =>
  call(api.PUT('/api/projects/{id}/token', { ...at(id), body: { token } }));
/** Whose token this is, asked of Telegram; nothing is saved. */
export const lookAtBot = (body: { token: string; api?: string }): Promise<BotLook> =>
  call(api.POST('/api/bots/look', { body }));
export const makeSimulatedBot = (name: string): Promise<{ token: string; page: string }> =>
  call(api.POST('/api/simulator/bots', { body: { name } }));
export const listApis = async (): Promise<TelegramApi[]> => (await call(api.GET('/api/telegram-apis'))).items;

/** A page of the sessions that fit; `query` as `store/filter.ts` words it. */
export const listSessions = (
  query: Omit<SessionQuery, 'cursor' | 'limit'>,
  cursor: string | null,
): Promise<SessionPage> =>
  call(api.GET('/api/sessions', { params: { query: { ...query, cursor: cursor ?? undefined, limit: 50 } } }));
export const countSessions = (project: string | null): Promise<Counts> =>
  call(api.GET('/api/sessions/counts', { params: { query: { project: project ?? undefined } } }));
export const getSession = (id: string): Promise<Session> => call(api.GET('/api/sessions/{id}', at(id)));
export const takeSession = (id: string): Promise<Session> => call(api.POST('/api/sessions/{id}/take', at(id)));
export const takeUpSession = (id: string): Promise<Session> => call(api.POST('/api/sessions/{id}/take-up', at(id)));
export const readSession = (id: string): Promise<Session> => call(api.POST('/api/sessions/{id}/read', at(id)));
export const endSession = (id: string): Promise<Session> => call(api.POST('/api/sessions/{id}/end', at(id)));

export const postMessage = (
  sessionId: string,
  body: { client_id: string; text: string; reply_to?: string },
): Promise<Message> => call(api.POST('/api/sessions/{id}/messages', { ...at(sessionId), body }));
export const resendMessage = (id: string): Promise<Message> => call(api.POST('/api/messages/{id}/resend', at(id)));

export const getCustomer = (id: string): Promise<Customer> => call(api.GET('/api/customers/{id}', at(id)));
export const listMessages = (
  customerId: string,
  range: { before?: number; after?: number; limit?: number },
): Promise<{ items: Message[]; more: boolean }> =>
  call(api.GET('/api/customers/{id}/messages', { params: { path: { id: customerId }, query: range } }));
export const listCustomerSessions = (customerId: string, cursor?: string): Promise<Page<Session>> =>
  call(api.GET('/api/customers/{id}/sessions', { params: { path: { id: customerId }, query: { cursor } } }));

export const listDrafts = async (): Promise<Draft[]> => (await call(api.GET('/api/drafts'))).items;
export const showDraft = (customerId: string): Promise<Draft> =>
  call(api.GET('/api/customers/{id}/draft', at(customerId)));
/** `keepalive`: also when the page goes away meanwhile. */
export const saveDraft = (customerId: string, version: number, text: string, keepalive: boolean): Promise<Draft> =>
  call(
    api.PUT('/api/customers/{id}/draft', {
      params: { path: { id: customerId }, header: ifMatch(version) },
      body: { text },
      keepalive,
    }),
  );
