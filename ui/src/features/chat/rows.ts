// From messages to the rows of the chat: days, the unread line, groups by sender and minute. Pure.
import type { Delivery, Entity, Message, Quote, ServiceLine } from '../../api/types';
import { dayKey, type Clock } from '../../lib/time';
import type { OutboxItem } from '../../realtime/outbox';

/** A bubble, whether the server has it or it is still on its way there. */
export interface Bubble {
  key: string;
  /** The server's id; null while it has none. */
  id: string | null;
  clientId: string | null;
  own: boolean;
  authorId: string | null;
  authorName: string | null;
  text: string;
  entities: readonly Entity[];
  unsupported: string | null;
  quote: Quote | null;
  at: number;
  edited: boolean;
  /** Null for what a customer wrote. */
  delivery: Delivery | null;
  /** When it is expected to go out, while it waits. */
  expectedAt: number | null;
  /** Why the server refused to take it: a problem's code. */
  problem: string | null;
}

export type Row =
  | { kind: 'day'; key: string; at: number }
  | { kind: 'unread'; key: string }
  | { kind: 'service'; key: string; at: number; line: ServiceLine; sessionId: string | null }
  | { kind: 'bubble'; key: string; bubble: Bubble; first: boolean; last: boolean };

function bubbleOf(message: Message): Bubble {
  return {
    // The client's id first: a bubble keeps its place on the page when the server answers.
    key: message.client_id ?? message.id,
    id: message.id,
    clientId: message.client_id ?? null,
    own: message.direction === 'out',
    authorId: message.author?.id ?? null,
    authorName: message.author?.name ?? null,
    text: message.text ?? '',
    entities: message.entities as unknown as readonly Entity[],
    unsupported: message.kind === 'unsupported' ? (message.unsupported ?? '') : null,
    quote: message.reply_to ?? null,
    at: message.at,
    edited: message.edited_at !== null && message.edited_at !== undefined,
    delivery: message.direction === 'out' ? (message.delivery ?? null) : null,
    expectedAt: expectedAt(message),
    problem: null,
  };
}

function expectedAt({ delivery, expected_at }: Message): number | null {
  if (delivery?.state !== 'queued') return null;
  return expected_at ?? (delivery.reason === 'rate_limited' ? (delivery.retry_at ?? null) : null);
}

export function pendingBubble(item: OutboxItem, me: { id: string; name: string } | null): Bubble {
  return {
    key: item.clientId,
    id: null,
    clientId: item.clientId,
    own: true,
    authorId: me?.id ?? null,
    authorName: me?.name ?? null,
    text: item.text,
    entities: [],
    unsupported: null,
    quote: item.replyTo,
    at: item.at,
    edited: false,
    delivery: { state: item.state },
    expectedAt: null,
    problem: item.problem,
  };
}

function together(a: Bubble | null, b: Bubble): boolean {
  return (
    a !== null &&
    a.own === b.own &&
    a.authorId === b.authorId &&
    Math.floor(a.at / 60_000) === Math.floor(b.at / 60_000)
  );
}

export interface RowsInput {
  messages: readonly Message[];
  pending: readonly Bubble[];
  /** The first message not read when the chat was opened. */
  unreadFrom: string | null;
  clock: Clock;
}

export function buildRows({ messages, pending, unreadFrom, clock }: RowsInput): Row[] {
  const rows: Row[] = [];
  const known = new Set<string>();
  const used = new Set<string>();
  let day = '';
  let before: Bubble | null = null;

  const startDay = (at: number) => {
    const key = dayKey(at, clock);
    // Days only go forward: messages stand by position, and clocks may disagree about a minute around midnight.
    if (key <= day) return;
    day = key;
    before = null;
    rows.push({ kind: 'day', key: `day ${key}`, at });
  };
  const addBubble = (bubble: Bubble) => {
    const joins = together(before, bubble);
    const previous = rows[rows.length - 1];
    if (joins && previous?.kind === 'bubble') rows[rows.length - 1] = { ...previous, last: false };
    // Two rows of one key would break the page; a client id is only as unique as its client makes it.
    const key = used.has(bubble.key) ? (bubble.id ?? `${bubble.key} ${rows.length}`) : bubble.key;
    used.add(key);
    rows.push({ kind: 'bubble', key, bubble, first: !joins, last: true });
    before = bubble;
  };

  for (const message of messages) {
    if (message.client_id) known.add(message.client_id);
    startDay(message.at);
    if (message.id === unreadFrom) {
      rows.push({ kind: 'unread', key: 'unread' });
      before = null;
    }
    if (message.direction === 'service' && message.service) {
      rows.push({
        kind: 'service',
        key: message.id,
        at: message.at,
        line: message.service,
        sessionId: message.session_id ?? null,
      });
      before = null;
    } else {
      addBubble(bubbleOf(message));
    }
  }
  for (const bubble of pending) {
    if (bubble.clientId && known.has(bubble.clientId)) continue;
    startDay(bubble.at);
    addBubble(bubble);
  }
  return rows;
}

/** The oldest of the last `count` messages of the customer. */
export function firstUnread(messages: readonly Message[], count: number): string | null {
  let left = count;
  let found: string | null = null;
  for (let i = messages.length - 1; i >= 0 && left > 0; i -= 1) {
    const message = messages[i];
    if (message?.direction !== 'in') continue;
    found = message.id;
    left -= 1;
  }
  return found;
}
