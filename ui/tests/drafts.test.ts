import { describe, expect, it, vi } from 'vitest';
import { Draft, readDraft } from '../src/store/drafts';

describe('a draft', () => {
  it('is there at once for whoever opens the customer next', () => {
    new Draft('me', 'c').edit('half a sent');
    expect(new Draft('me', 'c').read()).toBe('half a sent');
  });

  it('is not wiped by an editor that nobody touched', () => {
    new Draft('me', 'c').edit('kept');
    const untouched = new Draft('me', 'c');
    untouched.leave('');
    expect(readDraft('me', 'c')).toBe('kept');
  });

  it('is wiped by an editor that was emptied by hand', () => {
    new Draft('me', 'c').edit('kept');
    const editor = new Draft('me', 'c');
    editor.edit('');
    expect(readDraft('me', 'c')).toBe('');
  });

  it('goes when the text was sent', () => {
    const editor = new Draft('me', 'c');
    editor.edit('hello');
    editor.sent();
    expect(readDraft('me', 'c')).toBe('');
  });

  it('belongs to one member and one customer', () => {
    new Draft('me', 'c').edit('mine');
    expect(readDraft('you', 'c')).toBe('');
    expect(readDraft('me', 'd')).toBe('');
  });

  it('lives on in the page when the browser keeps nothing', () => {
    vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
      throw new DOMException('full', 'QuotaExceededError');
    });
    new Draft('me', 'full').edit('not lost');
    expect(readDraft('me', 'full')).toBe('not lost');
    vi.restoreAllMocks();
    new Draft('me', 'full').sent();
  });
});
