// Every name the rest of the code uses for a shape of the API. Only this file knows how the schema calls them.
import type { components } from './schema';

type Schemas = components['schemas'];

export type Me = Schemas['Me'];
export type Member = Schemas['Member'];
export type Project = Schemas['Project'];
/** `avatar`: where their picture is, if they have one and the server keeps it. */
export type Customer = Schemas['Customer'] & { avatar?: string | null };
export type Session = Schemas['Session'];
export type Message = Schemas['Message'];
export type Draft = Schemas['Draft'];
export type Site = Schemas['Site'];
export type Login = Schemas['Login'];
export type NewSecondFactor = Schemas['NewSecondFactor'];
export type WorkspaceSettings = Schemas['WorkspaceSettings'];
export type Problem = Schemas['Problem'];

export type TelegramApi = Schemas['TelegramApi'];

/** The bot of a token, before it is saved. */
export type BotLook = Schemas['BotLook'];

export type Status = Me['status'];
export type Theme = Me['theme'];
export type Role = Me['role'];
export type Permission = Me['permissions'][number];
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
