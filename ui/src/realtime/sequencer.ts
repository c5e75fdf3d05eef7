// Between the line and the store: gathers events, keeps the newest of each thing, hands them over once per frame.
import type { Event } from './protocol';

export interface Versioned {
  id: string;
  version: number;
}

/** Whether `next` may take the place of `known`: never an older copy, whichever way it came. */
export function supersedes(next: Versioned, known: Versioned | undefined): boolean {
  return !known || next.version >= known.version;
}

/** `known` with the newer of `items` in it; the same map when nothing changed. */
export function merged<T extends Versioned>(known: ReadonlyMap<string, T>, items: Iterable<T>): ReadonlyMap<string, T> {
  let result: Map<string, T> | null = null;
  for (const item of items) {
    const current = (result ?? known).get(item.id);
    if (current && current.version >= item.version) continue;
    result ??= new Map(known);
    result.set(item.id, item);
  }
  return result ?? known;
}

function subject(event: Event): Versioned | null {
  switch (event.kind) {
    case 'session':
      return event.session;
    case 'message':
      return event.message;
    case 'customer':
      return event.customer;
    case 'member':
      return event.member;
    case 'project':
      return event.project;
    case 'notification':
      return event.notification;
    case 'note':
      return event.note;
    default:
      return null;
  }
}

/** The last word on each thing, in the order in which each was first spoken of. */
export function coalesce(events: readonly Event[]): Event[] {
  const places = new Map<string, number>();
  const result: Event[] = [];
  for (const event of events) {
    const thing = subject(event);
    const key = thing ? `${event.kind} ${thing.id}` : null;
    const place = key === null ? undefined : places.get(key);
    const before = place === undefined ? undefined : result[place];
    if (thing && place !== undefined && before) {
      if (supersedes(thing, subject(before) ?? undefined)) result[place] = event;
      continue;
    }
    if (key !== null) places.set(key, result.length);
    // Rights lost or gained split the stream: what comes after must not slip before it.
    else places.clear();
    result.push(event);
  }
  return result;
}

/** A hidden page gets no animation frames, so it takes its events by the clock. */
const HIDDEN_FRAME = 250;

export class Sequencer {
  private pending: Event[] = [];
  private frame: number | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly apply: (events: Event[]) => void) {}

  push(events: readonly Event[]): void {
    if (events.length === 0) return;
    this.pending.push(...events);
    if (this.frame !== undefined || this.timer !== undefined) return;
    this.timer = setTimeout(() => this.flush(), HIDDEN_FRAME);
    if (document.visibilityState === 'visible') this.frame = requestAnimationFrame(() => this.flush());
  }

  flush(): void {
    this.cancel();
    if (this.pending.length === 0) return;
    const events = coalesce(this.pending);
    this.pending = [];
    this.apply(events);
  }

  /** Forgets what was not yet applied: a snapshot takes its place. */
  clear(): void {
    this.cancel();
    this.pending = [];
  }

  private cancel(): void {
    if (this.frame !== undefined) cancelAnimationFrame(this.frame);
    clearTimeout(this.timer);
    this.frame = undefined;
    this.timer = undefined;
  }
}
