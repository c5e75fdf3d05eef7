import { fireEvent, render, screen } from '@testing-library/svelte';
import { tick } from 'svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import EmptyList from '../src/features/inbox/EmptyList.svelte';
import { Hold } from '../src/features/inbox/hold.svelte';
import NewSessionPrompt from '../src/features/inbox/NewSessionPrompt.svelte';
import SessionRow from '../src/features/inbox/SessionRow.svelte';
import Tabs from '../src/features/inbox/Tabs.svelte';
import type { Session } from '../src/api/types';
import { account } from '../src/store/account.svelte';
import { drafts } from '../src/store/drafts.svelte';
import { entities } from '../src/store/entities.svelte';
import { inbox } from '../src/store/inbox.svelte';
import { vocabulary } from '../src/store/vocabulary.svelte';
import { aCustomer, aMe, aProject, aSession } from './builders';

beforeEach(() => {
  account.me = aMe();
  entities.clear();
  inbox.tab = 'mine';
  inbox.counts = null;
  inbox.projectsKnown = true;
});

describe('a row', () => {
  it('says who, what, and how much is unread', () => {
    const session = aSession({
      unread: 3,
      last_message: { text: 'On its way', direction: 'out', kind: 'text', at: 1000 },
    });
    render(SessionRow, { session, selected: false, showProject: false });
    expect(screen.getByText('Sofia Marchetti')).toBeTruthy();
    expect(screen.getByText('You:')).toBeTruthy();
    expect(screen.getByTestId('unread-dot').textContent).toContain('3 unread messages');
  });

  it('names the colleague who wrote last, whoever has it now', () => {
    const said = { text: 'On its way', direction: 'out', kind: 'text', at: 1000 };
    const show = (last_message: Session['last_message'], change: Partial<Session> = {}) =>
      render(SessionRow, { session: aSession({ last_message, ...change }), selected: false, showProject: false });
    show({ ...said, author: { id: 'chen', name: 'Chen Wei' } });
    expect(screen.getByText('Chen Wei:')).toBeTruthy();
    show({ ...said, author: { id: 'me', name: 'Anna' } }, { assignee: { id: 'chen', name: 'Chen Wei' } });
    expect(screen.getByText('You:')).toBeTruthy();
    // Of before authors were told.
    show(said, { assignee: { id: 'bob', name: 'Bob' } });
    expect(screen.getByText('Bob:')).toBeTruthy();
  });

  it('shows what was begun instead of the last line, unless its editor is open', () => {
    const session = aSession();
    drafts.start('me');
    drafts.edit(session.customer.id, 'half a sent');
    const row = render(SessionRow, { session, selected: false, showProject: false });
    expect(screen.getByText('Draft:')).toBeTruthy();
    expect(screen.getByTestId('session-row').textContent).toContain('half a sent');
    row.unmount();
    render(SessionRow, { session, selected: true, showProject: false });
    expect(screen.queryByText('Draft:')).toBeNull();
    expect(screen.getByTestId('session-row').textContent).toContain('Hello');
    drafts.wipe();
    drafts.stop();
  });

  it('shows the picture of its customer, and the initials when it can’t be had', async () => {
    const customer = aCustomer({ avatar: '/api/customers/c/avatar?v=1' });
    const { container } = render(SessionRow, { session: aSession({ customer }), selected: false, showProject: false });
    const picture = container.querySelector('img');
    expect(picture?.getAttribute('src')).toBe('/api/customers/c/avatar?v=1');
    if (picture) await fireEvent.error(picture);
    expect(container.querySelector('img')).toBeNull();
    expect(container.querySelector('[data-text="SM"]')).not.toBeNull();
    entities.putCustomers([{ ...customer, version: 2, avatar: '/api/customers/c/avatar?v=2' }]);
    await tick();
    expect(container.querySelector('img')?.getAttribute('src')).toContain('v=2');
  });

  it('shows the newer name of its customer', () => {
    const customer = aCustomer({ version: 1 });
    entities.putCustomers([{ ...customer, version: 2, first_name: 'Sofía' }]);
    render(SessionRow, { session: aSession({ customer }), selected: false, showProject: false });
    expect(screen.getByText('Sofía Marchetti')).toBeTruthy();
  });

  it('can be taken while it waits', () => {
    render(SessionRow, {
      session: aSession({ state: 'waiting', assignee: null }),
      selected: false,
      showProject: false,
    });
    expect(screen.getByRole('button', { name: 'Take the session of Sofia Marchetti' })).toBeTruthy();
  });
});

describe('the tabs', () => {
  it('show the counts and follow the arrow keys', async () => {
    inbox.counts = { mine: 2, mine_unread: 1, waiting: 5, all: 9, ended: 50_300 };
    render(Tabs);
    expect(screen.getByTestId('tab-waiting').textContent).toContain('5');
    await fireEvent.keyDown(screen.getByTestId('tab-mine'), { key: 'ArrowLeft' });
    expect(inbox.tab).toBe('ended');
    expect(screen.getByTestId('tab-ended').textContent).toContain('50k');
    await fireEvent.keyDown(screen.getByTestId('tab-ended'), { key: 'ArrowRight' });
    expect(inbox.tab).toBe('mine');
  });
});

describe('an empty list', () => {
  const project = aProject();

  it('says that no project is mine', () => {
    render(EmptyList);
    expect(screen.getByText('No project is assigned to you')).toBeTruthy();
  });

  it('leads who may connect a bot to the set-up', () => {
    account.me = aMe({ permissions: ['projects.manage'] });
    render(EmptyList);
    expect(screen.getByRole('button', { name: 'Start the set-up' })).toBeTruthy();
  });

  it('tells who is alone how to invite the others', () => {
    entities.putProjects([project]);
    account.me = aMe({ permissions: ['projects.manage', 'members.manage'], status: 'online' });
    entities.putMembers([{ ...aMe(), state: 'active' } as never]);
    render(EmptyList);
    expect(screen.getByRole('link', { name: /invite your team/ }).getAttribute('href')).toBe('/welcome');
  });

  it('says that one is offline', () => {
    entities.putProjects([project]);
    account.me = aMe({ status: 'offline' });
    render(EmptyList);
    expect(screen.getByRole('button', { name: 'Go online' })).toBeTruthy();
  });

  it('says that nothing is pending', () => {
    entities.putProjects([project]);
    render(EmptyList);
    expect(screen.getByText('Nothing to do')).toBeTruthy();
  });
});

describe('the prompt', () => {
  it('stands until the session is taken up', async () => {
    const fresh = aSession({ taken_up_at: null });
    entities.putSessions([fresh]);
    render(NewSessionPrompt, { current: null });
    expect(screen.getByTestId('new-session')).toBeTruthy();
    entities.putSessions([{ ...fresh, version: 2, taken_up_at: 5 }]);
    await Promise.resolve();
    expect(screen.queryByTestId('new-session')).toBeNull();
  });
});

describe('several prompts', () => {
  it('stand together, each with what was said at its handover', () => {
    const from = { id: 'bruno', name: 'Bruno' };
    entities.putSessions(
      [1, 2, 3, 4].map((opened_at) =>
        aSession({ taken_up_at: null, opened_at, handover: opened_at === 2 ? { from, note: 'Wants a refund' } : null }),
      ),
    );
    render(NewSessionPrompt, { current: null });
    expect(screen.getAllByTestId('new-session')).toHaveLength(3);
    expect(screen.getByText('From Bruno')).toBeTruthy();
    expect(screen.getByText('Wants a refund')).toBeTruthy();
    expect(screen.getByText('and 1 more below')).toBeTruthy();
  });
});

describe('a footnote', () => {
  const show = (session: Session, props = {}) =>
    render(SessionRow, { session, selected: false, showProject: false, ...props });

  it('says how long somebody has waited, louder when it is too long', () => {
    entities.putProjects([aProject({ id: 'project-1', alert_minutes: 10 })]);
    const waits = (minutes: number) =>
      aSession({ state: 'waiting', assignee: null, waiting_since: Date.now() - minutes * 60_000 });
    const first = show(waits(4));
    expect(screen.getByTestId('waited').textContent).toContain('waiting 4m');
    expect(screen.getByTestId('waited').className).not.toContain('warn');
    first.unmount();
    show(waits(11));
    expect(screen.getByTestId('waited').className).toContain('warn');
  });

  it('warns of a session that is about to end by itself', () => {
    const ends = (minutes: number) => aSession({ quiet_at: Date.now() + minutes * 60_000 + 1_000 });
    const first = show(ends(60));
    expect(screen.queryByTestId('ends-in')).toBeNull();
    first.unmount();
    show(ends(8));
    expect(screen.getByTestId('ends-in').textContent).toContain('ends in 8m');
  });

  it('names the tags of the session and of its customer', () => {
    const tag = (id: string, name: string) => [id, { id, name, color: 'red', version: 1 }] as const;
    vocabulary.tags = new Map([tag('a', 'Refund'), tag('b', 'VIP'), tag('c', 'Late')]);
    show(aSession({ tags: ['a', 'c', 'gone'], customer: aCustomer({ tags: ['b', 'a'] }) }));
    expect(screen.getByText('Late')).toBeTruthy();
    expect(screen.getByText('Refund')).toBeTruthy();
    expect(screen.getByText('1 more tag')).toBeTruthy();
    vocabulary.clear();
  });

  it('names the assignee where all are listed', () => {
    inbox.tab = 'all';
    show(aSession({ assignee: { id: 'chen', name: 'Chen Wei' } }));
    expect(screen.getByTestId('holder').textContent).toContain('Chen Wei');
  });
});

describe('a row among several being chosen', () => {
  it('can be ticked instead of taken', async () => {
    const ontick = vi.fn();
    const session = aSession({ state: 'waiting', assignee: null });
    render(SessionRow, { session, selected: false, showProject: false, ticked: false, ontick });
    expect(screen.queryByRole('button')).toBeNull();
    await fireEvent.click(screen.getByLabelText('Select the session of Sofia Marchetti'), { shiftKey: true });
    expect(ontick).toHaveBeenCalledWith(true);
  });
});

describe('a list under the mouse', () => {
  const [a, b, c, d] = [aSession(), aSession(), aSession(), aSession()];
  const move = { pointerType: 'mouse' } as PointerEvent;
  const touch = { pointerType: 'touch' } as PointerEvent;

  it('keeps its rows in place until the mouse rests or leaves', () => {
    vi.useFakeTimers();
    const hold = new Hold();
    expect(hold.arrange([a, b])).toEqual([a, b]);
    hold.moved(move, [a, b]);
    expect(hold.arrange([c, b, a])).toEqual([a, b]);
    vi.advanceTimersByTime(3_000);
    expect(hold.arrange([c, b, a])).toEqual([c, b, a]);
    hold.moved(move, [a, b]);
    hold.release();
    expect(hold.arrange([b, a])).toEqual([b, a]);
  });

  it('lets go what has gone and still grows below', () => {
    const hold = new Hold();
    hold.moved(move, [a, b, c]);
    expect(hold.arrange([c, a, d])).toEqual([a, c, d]);
    expect(hold.arrange([a, b, c, d])).toEqual([a, b, c, d]);
    hold.release();
  });

  it('does not mind a finger', () => {
    const hold = new Hold();
    hold.moved(touch, [a, b]);
    expect(hold.arrange([b, a])).toEqual([b, a]);
  });
});
