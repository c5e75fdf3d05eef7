import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Entity } from '../src/api/types';
import { blocksOf, emojiOnly, safeHref } from '../src/features/chat/entities';

const of = (type: string, offset: number, length: number, more: Partial<Entity> = {}): Entity => ({
  type,
  offset,
  length,
  ...more,
});

const plain = (text: string, entities: Entity[]) =>
  blocksOf(text, entities).flatMap((block) => block.spans.map((span) => [span.text, span.styles.join('+'), span.href]));

describe('formatting', () => {
  it('cuts the text where something begins or ends', () => {
    expect(plain('a bold move', [of('bold', 2, 4)])).toEqual([
      ['a ', '', null],
      ['bold', 'bold', null],
      [' move', '', null],
    ]);
  });

  it('nests', () => {
    expect(plain('abcdef', [of('bold', 0, 6), of('italic', 2, 2)])).toEqual([
      ['ab', 'bold', null],
      ['cd', 'bold+italic', null],
      ['ef', 'bold', null],
    ]);
  });

  it('overlaps, which Telegram never does but anybody could', () => {
    expect(plain('abcdef', [of('bold', 0, 4), of('italic', 2, 4)])).toEqual([
      ['ab', 'bold', null],
      ['cd', 'bold+italic', null],
      ['ef', 'italic', null],
    ]);
  });

  it('counts in UTF-16 units and cuts no character in two', () => {
    expect(plain('👍🔥ok', [of('bold', 4, 2)])).toEqual([
      ['👍🔥', '', null],
      ['ok', 'bold', null],
    ]);
    expect(plain('👍ok', [of('bold', 1, 2)])).toEqual([
      ['👍o', 'bold', null],
      ['k', '', null],
    ]);
  });

  it('makes blocks of code and quotes', () => {
    const blocks = blocksOf('see\nlet x\nsaid', [of('pre', 4, 5, { language: 'js' }), of('blockquote', 10, 4)]);
    expect(blocks.map((block) => [block.kind, block.language, block.spans.map((span) => span.text).join('')])).toEqual([
      ['text', null, 'see\n'],
      ['pre', 'js', 'let x'],
      ['text', null, '\n'],
      ['quote', null, 'said'],
    ]);
  });

  it.each([
    ['negative', of('bold', -3, 2)],
    ['past the end', of('bold', 40, 2)],
    ['empty', of('bold', 1, 0)],
    ['a fraction', of('bold', 0.5, 2)],
    ['unknown', of('sparkle', 0, 2)],
  ])('survives an entity that is %s', (_, entity) => {
    expect(
      plain('text', [entity])
        .map(([text]) => text)
        .join(''),
    ).toBe('text');
  });

  it('never loses or doubles a letter', () => {
    const entity = fc.record({
      type: fc.constantFrom('bold', 'italic', 'pre', 'blockquote', 'text_link', 'url', 'mention', 'spoiler', 'x'),
      offset: fc.integer({ min: -5, max: 40 }),
      length: fc.integer({ min: -5, max: 40 }),
      url: fc.string(),
    });
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.array(entity, { maxLength: 8 }), (text, entities) => {
        const joined = blocksOf(text, entities)
          .flatMap((block) => block.spans.map((span) => span.text))
          .join('');
        expect(joined).toBe(text);
      }),
    );
  });
});

describe('links', () => {
  it.each([
    ['url', 'https://example.org/a?b#c', {}, 'https://example.org/a?b#c'],
    ['url', 'example.org', {}, 'https://example.org/'],
    ['url', 'example.org:8080/x', {}, 'https://example.org:8080/x'],
    ['url', 'javascript:alert(1)', {}, null],
    ['text_link', 'click', { url: 'tg://resolve?domain=x' }, 'tg://resolve?domain=x'],
    ['text_link', 'click', { url: 'javascript:alert(1)' }, null],
    ['text_link', 'click', { url: ' \tJaVaScRiPt:alert(1)' }, null],
    ['text_link', 'click', { url: 'data:text/html,<script>' }, null],
    ['text_link', 'click', { url: 'file:///etc/passwd' }, null],
    ['text_link', 'click', { url: 'blob:https://x/1' }, null],
    ['text_link', 'click', {}, null],
    ['mention', '@northwind_help', {}, 'https://t.me/northwind_help'],
    ['mention', '@../../x', {}, null],
    ['email', 'a@example.org', {}, 'mailto:a@example.org'],
    ['text_mention', 'Anna', { user: { username: 'anna' } }, 'https://t.me/anna'],
    ['text_mention', 'Anna', { user: {} }, null],
  ])('%s %s', (type, text, more, href) => {
    expect(blocksOf(text, [of(type, 0, text.length, more)])[0]?.spans[0]?.href).toBe(href);
  });

  it('follow only what may be followed', () => {
    fc.assert(
      fc.property(fc.oneof(fc.webUrl(), fc.string()), (address) => {
        const href = safeHref(address);
        if (href !== null) expect(href).toMatch(/^(https?|tg|mailto):/);
      }),
    );
  });
});

describe('emoji alone', () => {
  it.each([
    ['👍', 1],
    ['👩‍👩‍👧 🔥', 2],
    ['🇩🇪🇫🇷', 2],
    ['❤️', 1],
    ['👍🏽', 1],
    ['👍👍👍👍', 0],
    ['ok 👍', 0],
    ['12', 0],
    ['', 0],
  ])('%s is %i', (text, count) => expect(emojiOnly(text)).toBe(count));
});
