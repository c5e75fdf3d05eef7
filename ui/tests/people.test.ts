import { fireEvent, render, screen } from '@testing-library/svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import * as reception from '../src/api/reception';
import { byAvailability, loadWords, standingWords, type Colleague } from '../src/features/people/availability';
import OfflineDialog from '../src/features/people/OfflineDialog.svelte';
import TeamPanel from '../src/features/people/TeamPanel.svelte';
import { shortCount } from '../src/lib/numbers';
import { account } from '../src/store/account.svelte';
import { entities } from '../src/store/entities.svelte';
import { inbox } from '../src/store/inbox.svelte';
import { aMe, aMember } from './builders';

vi.mock('../src/api/reception');

beforeEach(() => {
  account.me = aMe();
  entities.clear();
  HTMLDialogElement.prototype.showModal ??= function (this: HTMLDialogElement) {
    this.open = true;
  };
});

const names = (members: readonly Colleague[]) => [...members].sort(byAvailability).map(({ name }) => name);

describe('colleagues', () => {
  it('come in the order in which they can take something', () => {
    const members = [
      aMember({ name: 'Offline', status: 'offline' }),
      aMember({ name: 'Busy', status: 'busy' }),
      aMember({ name: 'Full', open_sessions: 5 }),
      aMember({ name: 'Away', connected: false }),
      aMember({ name: 'Loaded', open_sessions: 4 }),
      aMember({ name: 'Free', open_sessions: 0 }),
      aMember({ name: 'Fresh', open_sessions: 0 }),
    ];
    expect(names(members)).toEqual(['Free', 'Fresh', 'Loaded', 'Full', 'Away', 'Busy', 'Offline']);
  });

  it('are said in words: status, line and load are three things', () => {
    expect(loadWords(aMember({ open_sessions: 3 }))).toBe('3 of 5');
    expect(standingWords(aMember({ status: 'online', connected: false }))).toBe('Online · not connected · 1 of 5');
    expect(standingWords(aMember({ status: 'offline', connected: false }))).toBe('Offline · 1 of 5');
  });

  it('show all to who assigns, and to others who is there', () => {
    entities.putMembers([aMember({ name: 'Bruno' }), aMember({ name: 'Chen', status: 'offline', connected: false })]);
    const first = render(TeamPanel, { close: () => undefined });
    expect(screen.queryByText('Chen')).toBeNull();
    expect(screen.getByText('1 is offline')).toBeTruthy();
    first.unmount();
    account.me = aMe({ permissions: ['sessions.serve', 'sessions.assign'] });
    render(TeamPanel, { close: () => undefined });
    expect(screen.getByText('Chen')).toBeTruthy();
  });

  it('lead to their sessions', async () => {
    const bruno = aMember({ name: 'Bruno' });
    entities.putMembers([bruno]);
    render(TeamPanel, { close: () => undefined });
    await fireEvent.click(screen.getByRole('button'));
    expect([inbox.tab, inbox.narrow.assignee]).toEqual(['all', bruno.id]);
  });
});

describe('their load', () => {
  const seen = () => entities.members.get('m')?.open_sessions;

  it('changes without a new version of the account', () => {
    entities.putMembers([aMember({ id: 'm', open_sessions: 1 })]);
    entities.hearMembers([aMember({ id: 'm', open_sessions: 2 })]);
    expect(seen()).toBe(2);
    entities.hearMembers([aMember({ id: 'm', open_sessions: 9, version: 0 })]);
    expect(seen()).toBe(2);
  });

  it('is not set back by an answer that was asked for before', () => {
    entities.putMembers([aMember({ id: 'm', open_sessions: 1 })]);
    const since = entities.members;
    entities.hearMembers([aMember({ id: 'm', open_sessions: 2 })]);
    entities.putMembers([aMember({ id: 'm', open_sessions: 1 })], since);
    expect(seen()).toBe(2);
    entities.putMembers([aMember({ id: 'm', open_sessions: 3 })], entities.members);
    expect(seen()).toBe(3);
  });
});

describe('going offline with open sessions', () => {
  it('asks what becomes of them', async () => {
    entities.putMembers([aMember({ id: 'me', name: 'Anna', open_sessions: 2 }), aMember({ id: 'b', name: 'Bruno' })]);
    vi.mocked(reception.goOffline).mockResolvedValue(aMe({ status: 'offline', version: 2 }));
    const onclose = vi.fn();
    render(OfflineDialog, { onclose });
    expect(screen.getByText('Go offline with 2 open sessions?')).toBeTruthy();
    await fireEvent.click(screen.getByLabelText(/^Hand them over to a colleague/));
    const go = screen.getByText('Go offline').closest('button');
    expect(go?.disabled).toBe(true);
    await fireEvent.click(screen.getByLabelText(/Bruno/));
    await fireEvent.input(screen.getByLabelText('Handover note'), { target: { value: ' Call back ' } });
    if (go) await fireEvent.click(go);
    expect(reception.goOffline).toHaveBeenCalledWith({ do: 'hand_over', to: 'b', note: 'Call back' });
    await vi.waitFor(() => expect(onclose).toHaveBeenCalled());
    expect(account.me?.status).toBe('offline');
  });
});

it.each([
  [0, '0'],
  [999, '999'],
  [1_000, '1k'],
  [1_999, '1.9k'],
  [50_312, '50k'],
  [1_250_000, '1.2M'],
])('%d is shown as %s', (count, text) => expect(shortCount(count)).toBe(text));
