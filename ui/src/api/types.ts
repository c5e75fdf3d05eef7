// Every name the rest of the code uses for a shape of the API. Only this file knows how the schema calls them.
import type { components } from './schema';

type Schemas = components['schemas'];

export type Me = Omit<Schemas['Me'], 'permissions'> & { permissions: Permission[] };
export type Member = Schemas['Member'] & Presence;
export type Project = Schemas['Project'] & Rules;
/** `avatar`: where their picture is, if they have one and the server keeps it. */
export type Customer = Schemas['Customer'] & { avatar?: string | null; tags?: string[] };
export type Session = Omit<Schemas['Session'], 'customer'> & { customer: Customer } & Working;
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
export type Permission = Schemas['Me']['permissions'][number] | 'sessions.assign';
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

export type Tab = 'mine' | 'waiting' | 'all' | 'ended';
export const TABS: readonly Tab[] = ['mine', 'waiting', 'all', 'ended'];

export interface Counts {
  mine: number;
  mine_unread: number;
  waiting: number;
  all: number;
  ended?: number;
}

// until the schema has it
interface Presence {
  /** Whether a browser of theirs holds a line to the server: not the same as their status. */
  connected?: boolean;
  own_limit?: number | null;
}

// until the schema has it
interface Rules {
  alert_minutes?: number | null;
  transfer_text?: string | null;
}

// until the schema has it
interface Working {
  answered?: boolean;
  /** When it goes on to somebody else unless it is taken up. */
  take_up_by?: number | null;
  /** When it ends by itself. */
  quiet_at?: number | null;
  handover?: { from: { id: string; name: string }; note: string | null } | null;
  tags?: string[];
}

// until the schema has it
export type TagColor = 'gray' | 'red' | 'orange' | 'yellow' | 'green' | 'teal' | 'blue' | 'purple' | 'pink';
export interface Tag {
  id: string;
  name: string;
  color: TagColor;
  version: number;
}
