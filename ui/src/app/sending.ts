// The outbox of whoever is signed in, wired to the server, to this browser's store and to the other tabs.
import { asFailure } from '../api/failure';
import { postMessage } from '../api/desk';
import type { Me, Session } from '../api/types';
import { uuid } from '../lib/uuid';
import type { OutboxItem } from '../realtime/outbox';
import { indexedDbStore } from '../realtime/outbox-store';
import { SharedOutbox } from '../realtime/outbox-tabs';
import { drafts } from '../store/drafts.svelte';
import { histories } from '../store/history.svelte';
import { inbox } from '../store/inbox.svelte';

let outbox: SharedOutbox | null = null;
let memberId = '';
/** What the one before still has to put away; the next begins after it, so that it finds everything. */
let leaving: Promise<void> = Promise.resolve();

export function theOutbox(): SharedOutbox | null {
  return outbox;
}

export function startSending(me: Me): void {
  const scope = `${me.workspace.id}.${me.id}`;
  const name = `teledesk.outbox.${scope}`;
  const started = new SharedOutbox({
    name,
    store: indexedDbStore(scope),
    locks: navigator.locks ?? null,
    channel: typeof BroadcastChannel === 'function' ? new BroadcastChannel(name) : null,
    post: (item) =>
      postMessage(item.sessionId, {
        client_id: item.clientId,
        text: item.text,
        ...(item.replyTo ? { reply_to: item.replyTo.id } : {}),
      }),
    accepted: (message) => histories.put([message]),
    changed: (items) => {
      if (outbox !== started) return;
      inbox.outbox = items;
      takeBack(items.filter(({ problem }) => problem !== null && LOST.has(problem)));
    },
    failure: asFailure,
    newId: uuid,
  });
  outbox = started;
  memberId = me.id;
  window.addEventListener('beforeunload', warn);
  void leaving.then(() => {
    if (outbox === started) started.start();
  });
}

/** Refusals that say that somebody else has the session by now. */
const LOST = new Set(['not_assignee', 'session_not_open']);

/** Puts messages that will not go any more into the drafts, from where they can be taken along. */
function takeBack(items: readonly OutboxItem[]): void {
  for (const customerId of new Set(items.map((item) => item.customerId))) {
    const own = items.filter((item) => item.customerId === customerId);
    outbox?.discard(own.map((item) => item.clientId));
    void drafts.takeBack(
      customerId,
      own.map((item) => item.text),
    );
  }
}

/** A session of mine went to somebody else: what waits here comes back, and so does what the server took back. */
export function sessionLost(session: Session): void {
  // The one under way has its own answer to come.
  const left = inbox.outbox.filter((item) => item.sessionId === session.id && item.state !== 'sending');
  if (left.length > 0) takeBack(left);
  else void drafts.takeBack(session.customer.id, []);
}

export function stopSending(): void {
  window.removeEventListener('beforeunload', warn);
  const stopped = outbox;
  outbox = null;
  inbox.outbox = [];
  if (stopped) leaving = Promise.all([leaving, stopped.hold()]).then(() => undefined);
}

/** Thrown out by a newer login: what had not gone becomes part of the drafts, and goes nowhere by itself. */
export function surrender(): void {
  const [given, member] = [outbox, memberId];
  outbox = null;
  if (given) leaving = given.surrender((items) => keepAsDrafts(member, items));
}

function keepAsDrafts(member: string, items: readonly OutboxItem[]): void {
  for (const customerId of new Set(items.map((item) => item.customerId))) {
    const texts = items.filter((item) => item.customerId === customerId).map((item) => item.text);
    drafts.precede(member, customerId, texts);
  }
}

/** Only where leaving would lose something. */
function warn(event: BeforeUnloadEvent): void {
  if (inbox.outbox.some((item) => !item.kept)) event.preventDefault();
}
