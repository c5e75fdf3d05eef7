// What the notification centre asks.
import { api, call } from './client';
import type { Page } from './desk';
import type { Notification } from './types';

export type NotificationPage = Page<Notification> & { unread: number };

// until the schema has it
// eslint-disable-next-line @typescript-eslint/no-explicit-any
const raw = api as any;

export const listNotifications = (cursor: string | null): Promise<NotificationPage> =>
  call(raw.GET('/api/notifications', { params: { query: { cursor: cursor ?? undefined } } }));
export const readNotifications = (which: { ids: string[] } | { all: true }): Promise<{ unread: number }> =>
  call(raw.POST('/api/notifications/read', { body: which }));
