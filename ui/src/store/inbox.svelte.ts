// What the inbox shows just now: filters, counts, the line to the server, what waits to be sent.
import { countSessions } from '../api/desk';
import type { Counts, Tab } from '../api/types';
import type { LineState } from '../realtime/socket';
import type { OutboxItem } from '../realtime/outbox';
import { NOTHING, type Filter, type Narrowing } from './filter';

class Inbox {
  tab = $state<Tab>('mine');
  project = $state<string | null>(null);
  /** What the lists of every tab are narrowed to, beside the project. */
  narrow = $state.raw<Narrowing>(NOTHING);
  filter = $derived<Filter>({ tab: this.tab, project: this.project, ...this.narrow });
  counts = $state.raw<Counts | null>(null);
  line = $state<LineState>('off');
  outbox = $state.raw<readonly OutboxItem[]>([]);
  /** The rows of the list in the order shown: what next and previous walk along. */
  shown = $state.raw<readonly string[]>([]);
  /** False until the projects were fetched once: before that nobody may say there are none. */
  projectsKnown = $state(false);

  /** Narrows the lists further, or less. */
  change(narrow: Partial<Narrowing>): void {
    this.narrow = { ...this.narrow, ...narrow };
  }

  show({ tab, project, ...narrow }: Filter): void {
    const moved = project !== this.project;
    this.tab = tab;
    this.project = project;
    this.narrow = narrow;
    if (moved) void count();
  }
}

export const inbox = new Inbox();

const QUIET = 150;
const AT_LATEST = 2_000;
let timer: ReturnType<typeof setTimeout> | undefined;
let since = 0;

/** Counts again soon: once for a burst of events, yet not never during a long one. */
export function recount(): void {
  const now = Date.now();
  if (timer === undefined) since = now;
  clearTimeout(timer);
  timer = setTimeout(() => void count(), Math.max(0, Math.min(QUIET, since + AT_LATEST - now)));
}

export async function count(): Promise<void> {
  clearTimeout(timer);
  timer = undefined;
  const project = inbox.project;
  try {
    const counts = await countSessions(project);
    if (project === inbox.project) inbox.counts = counts;
  } catch {
    // Old numbers are better than none; the next event or reconnect asks again.
  }
}

export function stopCounting(): void {
  clearTimeout(timer);
  timer = undefined;
}
