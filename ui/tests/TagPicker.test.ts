import { fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Tag } from '../src/api/types';
import TagPicker from '../src/features/tags/TagPicker.svelte';
import { vocabulary } from '../src/store/vocabulary.svelte';

const tag = (id: string, name: string): [string, Tag] => [id, { id, name, color: 'red', version: 1 }];

function show(selected: string[] = []) {
  const [onadd, onremove] = [vi.fn(), vi.fn()];
  render(TagPicker, { selected, onadd, onremove });
  return { onadd, onremove };
}

const field = () => screen.getByRole<HTMLInputElement>('combobox');
const type = (text: string) => fireEvent.input(field(), { target: { value: text } });
const press = (key: string) => fireEvent.keyDown(field(), { key });
const options = () => screen.queryAllByRole('option').map((option) => option.textContent.trim());

beforeEach(() => {
  // What jsdom lacks.
  Element.prototype.scrollIntoView ??= () => undefined;
  vocabulary.tags = new Map([tag('w', 'Wholesale'), tag('r', 'Refund'), tag('d', 'Delivery')]);
});
afterEach(() => vocabulary.clear());

describe('the tag picker', () => {
  it('shows what fits, by name', async () => {
    show();
    expect(options()).toEqual(['Delivery', 'Refund', 'Wholesale']);
    await type('RE');
    expect(options()).toEqual(['Refund']);
    await type('nothing');
    expect(options()).toEqual([]);
    expect(screen.getByRole('status').textContent).toBe('No tag fits');
  });

  it('adds and removes with the keyboard', async () => {
    const { onadd, onremove } = show(['w']);
    await press('ArrowDown');
    await press('Enter');
    expect(onadd).toHaveBeenCalledExactlyOnceWith('r');
    await press('ArrowUp');
    await press('ArrowUp');
    await press('Enter');
    expect(onremove).toHaveBeenCalledExactlyOnceWith('w');
  });

  it('takes the last one away with Backspace, but no letter', async () => {
    const { onremove } = show(['r', 'w']);
    await type('x');
    await press('Backspace');
    expect(onremove).not.toHaveBeenCalled();
    await type('');
    await press('Backspace');
    expect(onremove).toHaveBeenCalledExactlyOnceWith('w');
  });

  it('names the one that Enter would take', async () => {
    show();
    await type('del');
    const active = document.getElementById(field().getAttribute('aria-activedescendant') ?? '');
    expect(active?.textContent.trim()).toBe('Delivery');
  });
});
