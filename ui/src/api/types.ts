// Every name the rest of the code uses for a shape of the API. Only this file knows how the schema calls them.
import type { components } from './schema';

type Schemas = components['schemas'];

export type Me = Omit<Schemas['Me'], 'permissions' | 'notifications'> & {
  permissions: Permission[];
  notifications: NotificationWishes;
};
export type Member = Schemas['Member'];
export type Project = Schemas['Project'] & Rules;
/** `avatar`: where their picture is, if they have one and the server keeps it. */
export type Customer = Schemas['Customer'] & { avatar?: string | null };
export type Session = Schemas['Session'];
export type Message = Schemas['Message'];
export type Draft = Schemas['Draft'];
export type Site = Schemas['Site'];
export type Login = Schemas['Login'];
export type NewSecondFactor = Schemas['NewSecondFactor'];
export type WorkspaceSettings = Schemas['WorkspaceSettings'] & { offline_after_minutes?: number | null };
export type Problem = Schemas['Problem'];

export type TelegramApi = Schemas['TelegramApi'];

/** The bot of a token, before it is saved. */
export type BotLook = Schemas['BotLook'];

export type Status = Me['status'];
export type Theme = Me['theme'];
export type Role = Me['role'];
export type Permission = Schemas['Me']['permissions'][number] | 'tags.manage';
export type Health = Project['health'];
export type Delivery = NonNullable<Message['delivery']>;
export type ServiceLine = NonNullable<Message['service']>;
export type Quote = NonNullable<Message['reply_to']>;

/** Telegram's MessageEntity, as far as we show it. */
export interface Entity {
  type: string;
  offset: number;
  length: number;
  url?: string | null;
  language?: string | null;
  user?: { username?: string | null } | null;
}

export interface FieldFault {
  field: string;
  code: string;
  params?: Record<string, unknown>;
}

export type Tab = 'mine' | 'waiting' | 'all';
export const TABS: readonly Tab[] = ['mine', 'waiting', 'all'];

export interface Counts {
  mine: number;
  mine_unread: number;
  waiting: number;
  all: number;
}

// until the schema has it: everything below.

export type Diversion = 'in_turn' | 'online_first' | 'least_busy';

/** How a project's sessions find their assignee, and what happens to them by itself. */
export interface Rules {
  diversion: Diversion;
  prefer_last: boolean;
  take_up_seconds: number | null;
  quiet_minutes: number | null;
  reopen_minutes: number;
  alert_minutes: number | null;
  default_limit: number;
  transfer_text: string | null;
}

export const NOTIFICATION_KINDS = [
  'assigned',
  'transferred',
  'mention',
  'taken_back',
  'waiting_too_long',
  'ending_soon',
  'sending_failed',
  'project_in_trouble',
] as const;
export type NotificationKind = (typeof NOTIFICATION_KINDS)[number];

/** What a member wants to be told of, and how; what is missing is as usual. */
export type NotificationWishes = Schemas['Me']['notifications'] & {
  kinds?: Partial<Record<NotificationKind, { sound: boolean; browser: boolean }>>;
  do_not_disturb?: DoNotDisturb;
};

export interface DoNotDisturb {
  until: number | null;
  schedule: QuietHours[];
}

/** On these days (0: Sunday) from this time on; until a time that is not later, the next day's. */
export interface QuietHours {
  days: number[];
  from: string;
  to: string;
}

export interface Notification {
  id: string;
  what: NotificationKind;
  at: number;
  read_at: number | null;
  project_id: string | null;
  session_id: string | null;
  customer: { id: string; name: string } | null;
  by: { id: string; name: string } | null;
  detail: string | null;
  version: number;
}
