import { describe, expect, it } from 'vitest';
import { askedAt, mentionedIn, piecesOf, withMention } from '../src/features/notes/mentions';

const anna = { id: 'a', name: 'Anna' };
const berg = { id: 'b', name: 'Anna Berg' };
const li = { id: 'l', name: '李伟' };

describe('a name that is being typed', () => {
  const at = (text: string) => askedAt(text, text.length);

  it('begins with an @ after a blank or at the start', () => {
    expect(at('@')).toEqual({ from: 0, query: '' });
    expect(at('Ask @bor')).toEqual({ from: 4, query: 'bor' });
    expect(at('(@李')).toEqual({ from: 1, query: '李' });
  });

  it('may have two words', () => {
    expect(at('@Anna Be')).toEqual({ from: 0, query: 'Anna Be' });
    expect(at('@Anna Berg said')).toBeNull();
  });

  it('is no address', () => {
    expect(at('anna@example')).toBeNull();
    expect(at('nothing')).toBeNull();
  });

  it('is what stands before the caret', () => {
    expect(askedAt('@an and more', 3)).toEqual({ from: 0, query: 'an' });
  });

  it('gives way to the whole name', () => {
    expect(withMention('Ask @an about it', { from: 4, query: 'an' }, 7, 'Anna Berg')).toEqual({
      text: 'Ask @Anna Berg about it',
      caret: 15,
    });
  });
});

describe('whom a note names', () => {
  it('are those that were chosen and still stand there, each once', () => {
    expect(mentionedIn('@Anna, see @李伟。 @Anna!', [anna, li])).toEqual(['a', 'l']);
    expect(mentionedIn('Anna', [anna])).toEqual([]);
  });

  it('is the longer name where one begins like the other', () => {
    expect(mentionedIn('@Anna Berg', [anna, berg])).toEqual(['b']);
    expect(mentionedIn('@Annabel', [anna])).toEqual([]);
  });
});

describe('the pieces of a note', () => {
  const pieces = (text: string) => piecesOf(text, [anna, berg]);

  it('joined are the text', () => {
    const text = 'See https://example.org/a?b=1. @Anna Berg knows (mailto:x@example.org) tg://resolve?domain=x';
    expect(
      pieces(text)
        .map((piece) => piece.text)
        .join(''),
    ).toBe(text);
    expect(pieces(text).filter((piece) => piece.href ?? piece.mention)).toEqual([
      { text: 'https://example.org/a?b=1', href: 'https://example.org/a?b=1' },
      { text: '@Anna Berg', mention: 'b' },
      { text: 'mailto:x@example.org', href: 'mailto:x@example.org' },
      { text: 'tg://resolve?domain=x', href: 'tg://resolve?domain=x' },
    ]);
  });

  it('follow no address that could run or read something', () => {
    const text = 'javascript:alert(1) data:text/html,x file:///etc/passwd ftp://x vbscript:x';
    expect(pieces(text)).toEqual([{ text }]);
  });

  it('keep brackets that belong to an address', () => {
    expect(pieces('https://en.wikipedia.org/wiki/A_(b)')).toEqual([
      { text: 'https://en.wikipedia.org/wiki/A_(b)', href: 'https://en.wikipedia.org/wiki/A_(b)' },
    ]);
  });

  it('name nobody inside an address', () => {
    expect(pieces('https://example.org/@Anna')).toEqual([
      { text: 'https://example.org/@Anna', href: 'https://example.org/@Anna' },
    ]);
  });
});
