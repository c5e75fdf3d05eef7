// The frames of `GET /api/events` (docs/api.md). What is not understood is left out, so an older page survives a newer server.
import type { Customer, Member, Message, Note, Notification, Project, Session, Viewer } from '../api/types';

export type Event =
  | { kind: 'session'; session: Session }
  | { kind: 'message'; message: Message }
  | { kind: 'customer'; customer: Customer }
  | { kind: 'member'; member: Member }
  | { kind: 'project'; project: Project }
  | { kind: 'notification'; notification: Notification }
  | { kind: 'project_forgotten'; project_id: string }
  | { kind: 'note'; note: Note }
  | { kind: 'vocabulary' }
  | { kind: 'resync' };

export type Frame =
  | { type: 'hello'; cursor: string; version: string; beatSeconds: number }
  | { type: 'events'; cursor: string; events: Event[] }
  | { type: 'beat'; cursor: string | null }
  | { type: 'viewers'; sessionId: string; members: Viewer[] }
  | { type: 'expired' }
  | { type: 'signed_out'; code: string };

/** Codes the server closes with. */
export const CLOSED = { signedOut: 4401, slow: 4408, expired: 4410 } as const;

type Raw = Record<string, unknown>;

function isRaw(value: unknown): value is Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function hasVersioned(raw: Raw, name: string): boolean {
  const value = raw[name];
  return isRaw(value) && typeof value['id'] === 'string' && typeof value['version'] === 'number';
}

function isEvent(raw: unknown): boolean {
  if (!isRaw(raw)) return false;
  switch (raw['kind']) {
    case 'session':
    case 'message':
    case 'customer':
    case 'member':
    case 'project':
    case 'note':
    case 'notification':
      return hasVersioned(raw, raw['kind']);
    case 'project_forgotten':
      return typeof raw['project_id'] === 'string';
    case 'vocabulary':
    case 'resync':
      return true;
    default:
      return false;
  }
}

function isViewer(raw: unknown): raw is Viewer {
  return isRaw(raw) && typeof raw['id'] === 'string' && typeof raw['name'] === 'string';
}

/** A frame, or null when it is none we know. */
export function parseFrame(text: string): Frame | null {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isRaw(raw)) return null;
  const cursor = raw['cursor'];
  switch (raw['type']) {
    case 'hello': {
      const beat = Number(raw['beat_seconds']);
      const version = String(raw['version'] ?? '');
      return typeof cursor === 'string' ? { type: 'hello', cursor, version, beatSeconds: beat > 0 ? beat : 20 } : null;
    }
    case 'events': {
      if (typeof cursor !== 'string' || !Array.isArray(raw['events'])) return null;
      return { type: 'events', cursor, events: raw['events'].filter(isEvent) as Event[] };
    }
    case 'beat':
      return { type: 'beat', cursor: typeof cursor === 'string' ? cursor : null };
    case 'viewers': {
      const [sessionId, members] = [raw['session_id'], raw['members']];
      if (typeof sessionId !== 'string' || !Array.isArray(members)) return null;
      return { type: 'viewers', sessionId, members: members.filter(isViewer) };
    }
    case 'expired':
      return { type: 'expired' };
    case 'signed_out':
      return { type: 'signed_out', code: String(raw['code'] ?? 'signed_out') };
    default:
      return null;
  }
}
