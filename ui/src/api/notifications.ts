// What the notification centre asks.
import { api, call } from './client';
import type { Schemas } from './types';

export type NotificationPage = Schemas['NotificationPage'];

export const listNotifications = (cursor: string | null): Promise<NotificationPage> =>
  call(api.GET('/api/notifications', { params: { query: { cursor: cursor ?? undefined } } }));
export const readNotifications = (which: { ids: string[] } | { all: true }): Promise<Schemas['Unread']> =>
  call(api.POST('/api/notifications/read', { body: which }));
