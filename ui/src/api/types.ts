// Every name the rest of the code uses for a shape of the API. Only this file knows how the schema calls them.
import type { components } from './schema';

type Schemas = components['schemas'];

export type Me = Omit<Schemas['Me'], 'permissions' | 'notifications'> & {
  permissions: Permission[];
  notifications: NotificationWishes;
};
export type Member = Schemas['Member'] & Presence;
export type Project = Schemas['Project'] & Rules;
/** `avatar`: where their picture is, if they have one and the server keeps it. */
export type Customer = Schemas['Customer'] & { avatar?: string | null } & Profile;
export type Session = Omit<Schemas['Session'], 'customer' | 'end_reason'> & { customer: Customer } & Working;
export type Message = Omit<Schemas['Message'], 'service'> & { service?: ServiceLine | null };
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
export type Permission = Schemas['Me']['permissions'][number] | 'sessions.assign' | 'tags.manage';
export type Health = Project['health'];
export type Delivery = NonNullable<Message['delivery']>;
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

// until the schema has it: everything below.

export interface MemberRef {
  id: string;
  name: string;
}

interface Presence {
  /** Whether a browser of theirs holds a line to the server: not the same as their status. */
  connected?: boolean;
  own_limit?: number | null;
}

interface Profile {
  tags?: string[];
  /** By the id of the field. */
  fields?: Record<string, string>;
  /** What followed the first `/start`. */
  source?: string | null;
}

interface Working {
  end_reason?: 'by_member' | 'project_closed' | 'quiet' | null;
  answered?: boolean;
  first_reply_at?: number | null;
  /** When it goes on to somebody else unless it is taken up. */
  take_up_by?: number | null;
  /** When it ends by itself. */
  quiet_at?: number | null;
  handover?: { from: MemberRef; note: string | null } | null;
  tags?: string[];
}

export type ServiceWhat = Schemas['ServiceWhat'] | 'assigned_by' | 'taken_over' | 'transferred' | 'reopened';

export interface ServiceLine {
  what: ServiceWhat;
  member?: MemberRef | null;
  reason?: string | null;
  to?: MemberRef | null;
  note?: string | null;
  why?: Why | null;
}

/** Why diversion gave a session to whom it gave it. */
export interface Why {
  rule: Diversion;
  after?: MemberRef | null;
  open: number;
  limit: number;
  fallback?: boolean;
  served_last?: boolean;
  passed?: { member: MemberRef; reason: string }[];
}

export const TAG_COLORS = ['gray', 'red', 'orange', 'yellow', 'green', 'teal', 'blue', 'purple', 'pink'] as const;
export type TagColor = (typeof TAG_COLORS)[number];
export interface Tag {
  id: string;
  name: string;
  color: TagColor;
  version: number;
}

export const FIELD_KINDS = ['text', 'number', 'date', 'choice', 'link'] as const;
export type FieldKind = (typeof FIELD_KINDS)[number];

/** A field that customers have in this workspace. */
export interface CustomField {
  id: string;
  name: string;
  kind: FieldKind;
  choices: string[];
  position: number;
  version: number;
}

export interface NotePicture {
  id: string;
  url: string;
  width: number;
  height: number;
}

/** A private note on a customer. */
export interface Note {
  id: string;
  customer_id: string;
  project_id: string;
  author: MemberRef;
  text: string;
  mentions: MemberRef[];
  pictures: NotePicture[];
  pinned: boolean;
  at: number;
  edited_at?: number | null;
  deleted: boolean;
  version: number;
}

/** A colleague who may be given a session. */
export interface Receiver {
  id: string;
  name: string;
  avatar?: string | null;
  role: Role;
  status: Status;
  connected: boolean;
  open: number;
  limit: number;
  at_limit: boolean;
}

/** Who has a session open, and whether they write. */
export interface Viewer {
  id: string;
  name: string;
  state: 'viewing' | 'typing';
}

export interface Statistics {
  sessions: number;
  messages_in: number;
  messages_out: number;
  first_response_ms: { last?: number | null; average?: number | null };
  handling_ms: { last?: number | null; average?: number | null };
}

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
  /** What customers are told when they are handed over. */
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
  customer: MemberRef | null;
  by: MemberRef | null;
  detail: string | null;
  version: number;
}
