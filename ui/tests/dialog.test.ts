import { fireEvent, render, screen } from '@testing-library/svelte';
import { createRawSnippet } from 'svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import Dialog from '../src/ui/Dialog.svelte';

beforeEach(() => {
  // jsdom has neither.
  HTMLDialogElement.prototype.showModal = function () {
    this.open = true;
  };
  HTMLDialogElement.prototype.close = function () {
    this.open = false;
    this.dispatchEvent(new Event('close'));
  };
});

function show() {
  const onclose = vi.fn();
  const children = createRawSnippet(() => ({ render: () => '<input aria-label="Name" />' }));
  render(Dialog, { title: 'Add agent', onclose, children });
  return { onclose, dialog: screen.getByRole('dialog'), field: screen.getByLabelText('Name') };
}

describe('a dialog', () => {
  it('closes with a click beside it', async () => {
    const { onclose, dialog } = show();
    await fireEvent.pointerDown(dialog);
    await fireEvent.click(dialog);
    expect(onclose).toHaveBeenCalledOnce();
  });

  it('stays when a text is marked to beyond its edge, which browsers call a click on the dialog', async () => {
    const { onclose, dialog, field } = show();
    await fireEvent.pointerDown(field);
    await fireEvent.click(dialog);
    expect(onclose).not.toHaveBeenCalled();
  });
});
