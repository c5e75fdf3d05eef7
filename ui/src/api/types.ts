// Every name the rest of the code uses for a shape of the API. Only api/ knows how the schema calls them.
import type { components, operations } from './schema';

export type Schemas = components['schemas'];

export type Me = Schemas['Me'];
export type Member = Schemas['Member'];
export type MemberRef = Schemas['MemberRef'];
export type Project = Schemas['Project'];
/** How a project's sessions find their assignee, and what happens to them by itself. */
export type Rules = Required<Schemas['ProjectRules']>;
export type Diversion = Schemas['DiversionRule'];
export type Customer = Schemas['Customer'];
export type Statistics = Schemas['CustomerStatistics'];
export type Session = Schemas['Session'];
/** As `GET /api/sessions` is asked. */
export type SessionQuery = operations['sessions_list']['parameters']['query'];
export type Message = Schemas['Message'];
export type ServiceLine = Schemas['ServiceLine'];
export type ServiceWhat = Schemas['ServiceWhat'];
/** Why diversion gave a session to whom it gave it. */
export type Why = Schemas['Why'];
export type Draft = Schemas['Draft'];
/** A private note on a customer. */
export type Note = Schemas['Note'];
export type NotePicture = Schemas['NotePicture'];
/** A colleague who may be given a session. */
export type Receiver = Schemas['Receiver'];
/** Who has a session open, and whether they write. */
export type Viewer = Schemas['SessionViewer'];
export type Site = Schemas['Site'];
export type Login = Schemas['Login'];
export type NewSecondFactor = Schemas['NewSecondFactor'];
export type WorkspaceSettings = Schemas['WorkspaceSettings'];
export type Problem = Schemas['Problem'];

export type TelegramApi = Schemas['TelegramApi'];

/** The bot of a token, before it is saved. */
export type BotLook = Schemas['BotLook'];

export type Status = Schemas['Status'];
export type Theme = Schemas['Theme'];
export type Role = Schemas['Role'];
export type Permission = Schemas['Permission'];
export type Health = Schemas['Health'];
export type Delivery = Schemas['Delivery'];
export type Quote = Schemas['ReplyRef'];

/** Telegram's MessageEntity, as far as we show it. */
export interface Entity {
  type: string;
  offset: number;
  length: number;
  url?: string | null;
  language?: string | null;
  user?: { username?: string | null } | null;
}

/** What is wrong with a field, as far as it is worded. */
export interface FieldFault {
  field: string;
  code: string;
  params?: Record<string, unknown>;
}

export const TABS = ['mine', 'waiting', 'all', 'ended'] as const satisfies readonly Schemas['Tab'][];
export type Tab = Schemas['Tab'];

export type Counts = Schemas['SessionCounts'];

export const TAG_COLORS = [
  'gray',
  'red',
  'orange',
  'yellow',
  'green',
  'teal',
  'blue',
  'purple',
  'pink',
] as const satisfies readonly Schemas['TagColor'][];
export type TagColor = Schemas['TagColor'];
export type Tag = Schemas['Tag'];

export const FIELD_KINDS = [
  'text',
  'number',
  'date',
  'choice',
  'link',
] as const satisfies readonly Schemas['FieldKind'][];
export type FieldKind = Schemas['FieldKind'];
/** A field that customers have in this workspace. */
export type CustomField = Schemas['CustomerField'];

export const NOTIFICATION_KINDS = [
  'assigned',
  'transferred',
  'mention',
  'taken_back',
  'waiting_too_long',
  'ending_soon',
  'sending_failed',
  'project_in_trouble',
] as const satisfies readonly Schemas['NotificationKind'][];
export type NotificationKind = Schemas['NotificationKind'];
export type Notification = Schemas['Notification'];

/** What a member wants to be told of, and how; what is missing is as usual. */
export type NotificationWishes = Schemas['Notifications'];
export type DoNotDisturb = Required<Schemas['DoNotDisturb']>;
/** On these days (0: Sunday) from this time on; until a time that is not later, the next day's. */
export type QuietHours = Schemas['QuietHours'];
