// Things as the server would send them; a test names only what it is about.
import { OPERATIONS } from '../src/api/projects';
import type { Customer, Me, Member, Message, Notification, Project, Session } from '../src/api/types';

let count = 0;
const id = (kind: string) => `${kind}-${(count += 1)}`;

export function aCustomer(change: Partial<Customer> = {}): Customer {
  return {
    id: id('customer'),
    project_id: 'project-1',
    telegram_id: 5_000_000_001,
    first_name: 'Sofia',
    last_name: 'Marchetti',
    username: 'sofia_m',
    language: 'it',
    avatar: null,
    blocked: false,
    tags: [],
    fields: {},
    source: null,
    first_seen_at: 0,
    last_seen_at: 0,
    version: 1,
    ...change,
  };
}

export function aSession(change: Partial<Session> = {}): Session {
  return {
    id: id('session'),
    version: 1,
    state: 'open',
    project_id: 'project-1',
    customer: aCustomer(),
    assignee: { id: 'me', name: 'Anna' },
    unread: 0,
    last_message: { text: 'Hello', direction: 'in', kind: 'text', at: 1000 },
    waiting_since: 1000,
    opened_at: 1000,
    taken_up_at: 1000,
    ended_at: null,
    end_reason: null,
    answered: false,
    first_reply_at: null,
    take_up_by: null,
    quiet_at: null,
    handover: null,
    created_at: 1000,
    last_message_at: 1000,
    tags: [],
    ...change,
  };
}

export function aMessage(change: Partial<Message> = {}): Message {
  count += 1;
  return {
    id: `message-${count}`,
    version: 1,
    customer_id: 'customer',
    session_id: 'session',
    position: count,
    direction: 'in',
    kind: 'text',
    text: `text ${count}`,
    entities: [],
    author: null,
    client_id: null,
    reply_to: null,
    at: 1_700_000_000_000 + count * 1000,
    edited_at: null,
    delivery: null,
    service: null,
    unsupported: null,
    attachments: [],
    ...change,
  };
}

export function aMe(change: Partial<Me> = {}): Me {
  return {
    id: 'me',
    name: 'Anna',
    login_name: 'anna',
    role: 'agent',
    status: 'online',
    connected: true,
    limit: 3,
    own_limit: null,
    language: 'en',
    theme: 'system',
    send_key: 'enter',
    notifications: { sound: true, browser: false, new_session: true, new_message: true },
    second_factor: false,
    must_set_up_second_factor: false,
    time_zone: 'Europe/Berlin',
    version: 1,
    workspace: { id: 'workspace', slug: 'team', name: 'Team', time_zone: 'UTC' },
    permissions: ['sessions.serve'],
    ...change,
  };
}

export function aMember(change: Partial<Member> = {}): Member {
  return {
    id: id('member'),
    name: 'Bruno',
    login_name: 'bruno',
    role: 'agent',
    status: 'online',
    connected: true,
    limit: 5,
    own_limit: null,
    open_sessions: 1,
    sees_no_project: false,
    avatar: null,
    version: 1,
    ...change,
  };
}

export function aProject(change: Partial<Project> = {}): Project {
  return {
    id: 'p',
    name: 'Shop',
    state: 'active',
    bot: { id: 1, username: 'shop_bot', name: 'Shop' },
    api: 'https://api.telegram.org',
    transport: 'polling',
    version: 1,
    health: { state: 'ok', since: 0, until: null, last_update_at: null, detail: null },
    scope: 'all',
    scope_members: [],
    welcome_text: null,
    signature: false,
    diversion: 'in_turn',
    prefer_last: false,
    take_up_seconds: null,
    quiet_minutes: 1_440,
    reopen_minutes: 10,
    alert_minutes: 10,
    default_limit: 3,
    transfer_text: null,
    operations: Object.fromEntries(OPERATIONS.map((operation) => [operation, true])),
    ...change,
  };
}

export function aNotification(change: Partial<Notification> = {}): Notification {
  count += 1;
  return {
    id: `notification-${count}`,
    what: 'assigned',
    at: 1_700_000_000_000 + count * 1000,
    read_at: null,
    project_id: 'p',
    session_id: 'session',
    customer: { id: 'customer', name: 'Sofia Marchetti' },
    by: null,
    detail: null,
    version: 1,
    ...change,
  };
}
