import { fireEvent, render, screen } from '@testing-library/svelte';
import { createRawSnippet } from 'svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Session } from '../src/api/types';
import Composer from '../src/features/composer/Composer.svelte';
import { account } from '../src/store/account.svelte';
import { drafts } from '../src/store/drafts.svelte';
import { aCustomer, aMe, aSession } from './builders';

const session = (change: Partial<Session> = {}) => aSession({ customer: aCustomer({ id: 'c' }), ...change });

function show(change: Partial<Session> = {}, mine = true) {
  const send = vi.fn(() => true);
  const typed = vi.fn();
  const closed = createRawSnippet((draft: () => string) => ({
    render: () => `<p data-testid="closed">${draft()}</p>`,
  }));
  const props = { session: session(change), mine, replyTo: null, cancelReply: () => undefined, send, typed, closed };
  return { send, typed, view: render(Composer, props) };
}

const field = () => screen.getByTestId<HTMLTextAreaElement>('composer');
const type = (text: string) => fireEvent.input(field(), { target: { value: text } });
const enter = (more: KeyboardEventInit = {}) => fireEvent.keyDown(field(), { key: 'Enter', code: 'Enter', ...more });

beforeEach(() => {
  account.me = aMe();
  drafts.forget(['c']);
  drafts.start('me');
});

vi.mock('../src/api/desk');

describe('the composer', () => {
  it('sends with Enter what is more than blanks, and is empty after', async () => {
    const { send } = show();
    await type('   ');
    await enter();
    expect(send).not.toHaveBeenCalled();
    await type('  Hello\nthere ');
    await enter();
    expect(send).toHaveBeenCalledExactlyOnceWith('Hello\nthere');
    expect(field().value).toBe('');
    expect(drafts.read('c')).toBe('');
  });

  it('leaves Shift+Enter and a composition alone', async () => {
    const { send } = show();
    await type('你');
    await enter({ shiftKey: true });
    await enter({ isComposing: true });
    await enter({ keyCode: 229 });
    expect(send).not.toHaveBeenCalled();
  });

  it('keeps a draft at every letter and finds it again', async () => {
    const { view } = show();
    await type('half a sent');
    expect(drafts.read('c')).toBe('half a sent');
    view.unmount();
    show();
    expect(field().value).toBe('half a sent');
  });

  it('counts near the bound and sends nothing beyond it', async () => {
    const { send } = show();
    await type('x'.repeat(4000));
    expect(screen.getByText('96 characters left')).toBeTruthy();
    await type('x'.repeat(4098));
    await enter();
    expect(screen.getByText(/^2 characters too many/)).toBeTruthy();
    expect(send).not.toHaveBeenCalled();
  });

  it('gives way to what stands in its place, and hands it the draft', () => {
    drafts.edit('c', ' half a sent ');
    show({ assignee: { id: 'chen', name: 'Chen Wei' } }, false);
    expect(screen.queryByTestId('composer')).toBeNull();
    expect(screen.getByTestId('closed').textContent).toBe('half a sent');
  });

  it('tells of every key, so that others can be told', async () => {
    const { typed } = show();
    await type('h');
    await type('he');
    expect(typed).toHaveBeenCalledTimes(2);
  });
});
