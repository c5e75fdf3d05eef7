// Wires the line to the server to the stores: snapshot, then events; again after a gap too long to be replayed.
import { asFailure } from '../api/failure';
import { getMe, getSession, listMembers, listProjects } from '../api/desk';
import type { Me, Session } from '../api/types';
import { backoff } from '../lib/backoff';
import type { Event } from '../realtime/protocol';
import { Sequencer } from '../realtime/sequencer';
import { Socket, type LoginCheck } from '../realtime/socket';
import { account } from '../store/account.svelte';
import { drafts } from '../store/drafts.svelte';
import { entities } from '../store/entities.svelte';
import { NOTHING } from '../store/filter';
import { histories } from '../store/history.svelte';
import { count, inbox, recount, stopCounting } from '../store/inbox.svelte';
import { lists, type List } from '../store/lists.svelte';
import { notes } from '../store/notes.svelte';
import { notifications } from '../store/notifications.svelte';
import { told } from '../store/told.svelte';
import { viewers } from '../store/viewers.svelte';
import { vocabulary } from '../store/vocabulary.svelte';
import { announceMessages } from './announce';
import { notifyOf, stopNotifying } from './notify';
import { currentSession } from './router';
import { sessionLost, startSending, stopSending, theOutbox } from './sending';
import { version } from './version.svelte';
import { watchWaking } from './waking';

let socket: Socket | null = null;
let stopWatching: () => void = () => undefined;
let retryTimer: ReturnType<typeof setTimeout> | undefined;
let attempt = 0;
/** A snapshot that failed and will be tried again; `gap`: after events were missed. */
let owed: { gap: boolean } | null = null;
/** Counts the fetches of everything, so that one that was overtaken changes nothing. */
let runs = 0;
/** The sessions events spoke of since the last such fetch began. */
let touched = new Set<string>();
let signedOutHandler: (code: string) => void = () => undefined;

export function onLineSignedOut(handler: (code: string) => void): void {
  signedOutHandler = handler;
}

const sequencer = new Sequencer(apply);

function apply(events: Event[]): void {
  const sessions = events.flatMap((event) => (event.kind === 'session' ? [event.session] : []));
  const messages = events.flatMap((event) => (event.kind === 'message' ? [event.message] : []));
  const before = entities.sessions;
  entities.putSessions(sessions.filter(concernsMe));
  for (const session of sessions) touched.add(session.id);
  entities.putCustomers(events.flatMap((event) => (event.kind === 'customer' ? [event.customer] : [])));
  entities.putProjects(events.flatMap((event) => (event.kind === 'project' ? [event.project] : [])));
  const members = events.flatMap((event) => (event.kind === 'member' ? [event.member] : []));
  entities.hearMembers(members);
  histories.put(messages);
  const news = notifications.put(
    events.flatMap((event) => (event.kind === 'notification' ? [event.notification] : [])),
  );
  theOutbox()?.settleAll(messages);
  for (const event of events) {
    if (event.kind === 'project_forgotten') forgetProject(event.project_id);
  }
  notes.put(events.flatMap((event) => (event.kind === 'note' ? [event.note] : [])));
  for (const session of sessions) if (isMine(before.get(session.id)) && movedOn(session)) sessionLost(session);
  if (events.some((event) => event.kind === 'vocabulary')) {
    told.vocabulary += 1;
    void vocabulary.load();
  }
  if (events.some((event) => event.kind === 'resync')) void resync();
  const me = account.me;
  if (me && members.some((member) => member.id === me.id && member.version > me.version)) void refreshMe();
  if (sessions.length > 0) recount();
  if (socket?.state !== 'live') return;
  notifyOf(news);
  announceMessages(messages);
}

const isMine = (session?: Session): boolean => session?.state === 'open' && session.assignee?.id === account.me?.id;
const movedOn = (session: Session): boolean => session.state !== 'ended' && !isMine(session);

/** Of thousands of sessions only those are held that something here shows; the others are fetched when they are looked at. */
function concernsMe(session: Session): boolean {
  const me = account.me?.id ?? '';
  return (
    entities.sessions.has(session.id) ||
    entities.customers.has(session.customer.id) ||
    session.assignee?.id === me ||
    session.id === currentSession() ||
    lists.want(session, me)
  );
}

function forgetProject(projectId: string): void {
  const customers = entities.forgetProject(projectId);
  histories.forget(customers);
  drafts.forget(customers);
  notes.forget(customers);
  if (inbox.project === projectId) inbox.project = null;
  recount();
}

/** Rights changed: the lists may hold more than they did, and what is in none of them is gone. */
async function resync(): Promise<void> {
  void refreshMe();
  try {
    await refetch(true);
  } catch (error) {
    if (!asFailure(error).signedOut) later(true);
  }
}

async function refreshMe(): Promise<void> {
  try {
    account.put(await getMe());
  } catch {
    // The next answer or event brings it.
  }
}

async function surroundings(): Promise<void> {
  const heard = entities.members;
  await Promise.allSettled([
    listProjects().then((projects) => {
      entities.setProjects(projects);
      inbox.projectsKnown = true;
    }),
    listMembers().then((members) => entities.putMembers(members, heard)),
    vocabulary.load(),
    drafts.load(),
    notifications.load(),
    count(),
  ]);
}

/** Fetches what there is, then follows what changes. Tries again by itself until it succeeds. */
async function snapshot(gap = false): Promise<void> {
  clearTimeout(retryTimer);
  owed = null;
  try {
    const asOf = await refetch(gap);
    if (asOf === undefined) return;
    attempt = 0;
    socket?.start(asOf);
  } catch (error) {
    if (asFailure(error).signedOut || !socket) return;
    inbox.line = 'waiting';
    later(gap);
  }
}

function later(gap: boolean): void {
  owed = { gap };
  clearTimeout(retryTimer);
  retryTimer = setTimeout(() => void snapshot(gap), backoff(attempt));
  attempt += 1;
}

/** The list shown and what stands around it. Answers with what it is as of; undefined when overtaken by another run. */
async function refetch(gap: boolean): Promise<string | null | undefined> {
  const run = (runs += 1);
  const list = lists.get(inbox.filter);
  if (gap) {
    lists.outdate();
    touched = new Set();
  }
  void surroundings();
  const asOf = await list.load();
  if (run !== runs) return undefined;
  if (gap) await closeGap(list, run);
  return run === runs ? asOf : undefined;
}

/** What was held may have ended or been lost unseen: keep only what the new list, or an event since, vouches for. */
async function closeGap(list: List, run: number): Promise<void> {
  const open = currentSession();
  const vouched = new Set(list.loadedIds);
  // What came to me meanwhile stands above every list.
  const mine = lists.get({ ...NOTHING, tab: 'mine', project: null });
  if (mine !== list) {
    await mine.load();
    if (run !== runs) return;
    for (const id of mine.loadedIds) vouched.add(id);
  }
  if (open) {
    try {
      const fresh = await getSession(open);
      if (run !== runs) return;
      entities.putSessions([fresh]);
      vouched.add(fresh.id);
    } catch (error) {
      if (asFailure(error).code !== 'not_found') throw error;
    }
  }
  entities.retainSessions(new Set([...vouched, ...touched]));
  lists.reset(list);
  const customer = open ? entities.sessions.get(open)?.customer.id : undefined;
  histories.keepOnly(customer ?? null);
  notes.outdate();
  if (customer) theOutbox()?.settleAll(await histories.open(customer).load());
}

async function checkLogin(): Promise<LoginCheck> {
  try {
    account.put(await getMe());
    return 'valid';
  } catch (error) {
    return asFailure(error).signedOut ? 'signed_out' : 'unknown';
  }
}

function doubt(): void {
  socket?.doubt();
}

function wake(): void {
  attempt = 0;
  if (owed) void snapshot(owed.gap);
  else socket?.wake();
  theOutbox()?.kick();
}

/** Loads the list shown, by hand or because it is looked at for the first time. */
export function loadList(): void {
  if (owed) void snapshot(owed.gap);
  else
    void lists
      .get(inbox.filter)
      .load()
      .catch(() => undefined);
}

function address(after: string | null): string {
  const url = new URL('/api/events', location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  if (after !== null) url.searchParams.set('after', after);
  return url.href;
}

export function startLive(me: Me): void {
  stopLive();
  startSending(me);
  socket = new Socket(
    {
      events: (events) => sequencer.push(events),
      state: (state) => {
        inbox.line = state;
        if (state === 'live') {
          theOutbox()?.kick();
          void drafts.flush();
          recount();
        }
      },
      viewers: (session, members) => viewers.put(session, members),
      hello: (server) => {
        // Who looks at what is told anew now.
        viewers.clear();
        void version.heard(server);
      },
      expired: () => {
        sequencer.clear();
        void snapshot(true);
      },
      signedOut: (code) => signedOutHandler(code),
      checkLogin,
    },
    { url: address },
  );
  drafts.start(me.id);
  stopWatching = watchWaking(wake);
  window.addEventListener('offline', doubt);
  inbox.line = 'connecting';
  void snapshot();
}

/** Lets go of everything; drafts and the outbox stay on this browser. */
export function stopLive(): void {
  clearTimeout(retryTimer);
  owed = null;
  runs += 1;
  stopWatching();
  window.removeEventListener('offline', doubt);
  socket?.stop();
  socket = null;
  stopSending();
  stopNotifying();
  drafts.stop();
  sequencer.clear();
  stopCounting();
  entities.clear();
  lists.clear();
  histories.clear();
  notes.clear();
  viewers.clear();
  vocabulary.clear();
  notifications.clear();
  inbox.counts = null;
  inbox.projectsKnown = false;
  inbox.project = null;
  inbox.tab = 'mine';
  inbox.narrow = NOTHING;
}
