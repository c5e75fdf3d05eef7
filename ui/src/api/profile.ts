// What the settings page asks: beside desk.ts, so that the inbox needn't carry it.
import { api, call, ifMatch } from './client';
import type { Page } from './desk';
import type { Login, Me, NewSecondFactor, WorkspaceSettings } from './types';

export const changePassword = (current: string, password: string): Promise<Me> =>
  call(api.PUT('/api/me/password', { body: { current, password } }));

/** The picture goes as it is: it is no JSON. */
export const uploadAvatar = (picture: Blob): Promise<Me> =>
  call(
    api.PUT('/api/me/avatar', {
      body: picture as never,
      bodySerializer: (body: unknown) => body as Blob,
      headers: { 'Content-Type': picture.type },
    }),
  );
export const removeAvatar = (): Promise<Me> => call(api.DELETE('/api/me/avatar'));

export const beginSecondFactor = (): Promise<NewSecondFactor> => call(api.POST('/api/me/second-factor'));
export const confirmSecondFactor = async (code: string): Promise<string[]> =>
  (await call(api.POST('/api/me/second-factor/confirm', { body: { code } }))).recovery_codes;
export const newRecoveryCodes = async (password: string): Promise<string[]> =>
  (await call(api.POST('/api/me/second-factor/recovery-codes', { body: { password } }))).recovery_codes;
export const turnOffSecondFactor = async (password: string): Promise<void> => {
  await call(api.DELETE('/api/me/second-factor', { body: { password } }));
};

export const listMyLogins = (cursor: string | null): Promise<Page<Login>> =>
  call(api.GET('/api/me/logins', { params: { query: { cursor: cursor ?? undefined } } }));

export const getWorkspace = (): Promise<WorkspaceSettings> => call(api.GET('/api/workspace'));
export const changeWorkspace = (
  version: number,
  body: Partial<Omit<WorkspaceSettings, 'version'>>,
): Promise<WorkspaceSettings> => call(api.PATCH('/api/workspace', { params: { header: ifMatch(version) }, body }));
