import { fireEvent, render, screen } from '@testing-library/svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Session } from '../src/api/types';
import type { Verb } from '../src/features/chat/verbs';
import ClosedComposer from '../src/features/composer/ClosedComposer.svelte';
import { entities } from '../src/store/entities.svelte';
import { aCustomer, aSession } from './builders';

const customer = aCustomer({ id: 'c' });

function show(change: Partial<Session>, verbs: Verb[] = [], draft = '') {
  const run = vi.fn();
  const session = aSession({ customer, ...change });
  render(ClosedComposer, { session, draft, verbs: new Set(verbs), busy: false, run });
  return run;
}

beforeEach(() => entities.clear());

describe('in the place of the editor', () => {
  it('stands who has the session, and nothing that one may not do', () => {
    show({ assignee: { id: 'chen', name: 'Chen Wei' } }, ['tags']);
    expect(screen.getByTestId('composer-closed').textContent.trim()).toBe('Chen Wei is answering.');
    expect(screen.queryByRole('button')).toBeNull();
  });

  it.each<[Partial<Session>, Verb, string]>([
    [{ state: 'waiting', assignee: null }, 'take', 'Take'],
    [{ assignee: { id: 'chen', name: 'Chen Wei' } }, 'take_over', 'Take over'],
    [{ state: 'ended' }, 'reopen', 'Reopen'],
  ])('is offered what one may do: %j', async (change, verb, name) => {
    const run = show(change, [verb]);
    await fireEvent.click(screen.getByRole('button', { name }));
    expect(run).toHaveBeenCalledExactlyOnceWith(verb);
  });

  it('leads to the session that is alive', () => {
    const live = aSession({ customer });
    entities.putSessions([live]);
    show({ state: 'ended' });
    expect(screen.getByRole('link').getAttribute('href')).toBe(`/inbox/${live.id}`);
  });

  it('keeps what was begun, to be read and taken along', () => {
    show({ state: 'ended' }, [], 'Half a sentence');
    expect(screen.getByTestId('kept-draft').textContent).toContain('Half a sentence');
    expect(screen.getByRole('button', { name: 'Copy the draft', hidden: true })).toBeTruthy();
  });
});
