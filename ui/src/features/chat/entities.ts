// Telegram's formatting as nested-free pieces: each stretch of text with everything that holds for it. Pure.
// Offsets count UTF-16 units, as JavaScript does.
import type { Entity } from '../../api/types';

export type Style = 'bold' | 'italic' | 'underline' | 'strikethrough' | 'spoiler' | 'code' | 'mark';

export interface Span {
  text: string;
  styles: readonly Style[];
  href: string | null;
}

export interface Block {
  kind: 'text' | 'quote' | 'pre';
  spans: readonly Span[];
  language: string | null;
}

const STYLES: Record<string, Style> = {
  bold: 'bold',
  italic: 'italic',
  underline: 'underline',
  strikethrough: 'strikethrough',
  spoiler: 'spoiler',
  code: 'code',
  hashtag: 'mark',
  cashtag: 'mark',
  bot_command: 'mark',
};

const ALLOWED = new Set(['http:', 'https:', 'tg:', 'mailto:']);

/** An address that may be followed; null for anything that could run or read something (javascript:, data:, file: …). */
export function safeHref(address: string): string | null {
  try {
    const url = new URL(address);
    return ALLOWED.has(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

function hrefOf(entity: Entity, text: string): string | null {
  switch (entity.type) {
    case 'text_link':
      return entity.url ? safeHref(entity.url) : null;
    case 'url':
      // Telegram also marks bare names: example.org/path.
      return safeHref(/^[a-z][a-z0-9+.-]*:/i.test(text) && !/^[^/]+:\d/.test(text) ? text : `https://${text}`);
    case 'email':
      return safeHref(`mailto:${text}`);
    case 'mention':
      return /^@\w{2,64}$/.test(text) ? `https://t.me/${text.slice(1)}` : null;
    case 'text_mention': {
      const username = entity.user?.username;
      return username && /^\w{2,64}$/.test(username) ? `https://t.me/${username}` : null;
    }
    default:
      return null;
  }
}

interface Range {
  start: number;
  end: number;
  entity: Entity;
}

function insidePair(text: string, index: number): boolean {
  const before = text.charCodeAt(index - 1);
  const after = text.charCodeAt(index);
  return before >= 0xd800 && before <= 0xdbff && after >= 0xdc00 && after <= 0xdfff;
}

/** The entities as ranges that lie within the text and cut no character in two. */
function ranges(text: string, entities: readonly Entity[]): Range[] {
  const result: Range[] = [];
  for (const entity of entities) {
    if (!Number.isInteger(entity.offset) || !Number.isInteger(entity.length) || entity.length <= 0) continue;
    let start = Math.max(0, entity.offset);
    let end = Math.min(text.length, entity.offset + entity.length);
    if (start >= end) continue;
    if (insidePair(text, start)) start -= 1;
    if (insidePair(text, end)) end += 1;
    result.push({ start, end, entity });
  }
  return result;
}

function spansOf(text: string, start: number, end: number, inline: readonly Range[]): Span[] {
  const cuts = new Set([start, end]);
  for (const range of inline) {
    if (range.start > start && range.start < end) cuts.add(range.start);
    if (range.end > start && range.end < end) cuts.add(range.end);
  }
  const points = [...cuts].sort((a, b) => a - b);
  const spans: Span[] = [];
  for (let i = 0; i + 1 < points.length; i += 1) {
    const from = points[i] ?? start;
    const to = points[i + 1] ?? end;
    const here = inline.filter((range) => range.start <= from && range.end >= to);
    const styles = new Set<Style>();
    let href: string | null = null;
    for (const { start: first, end: last, entity } of here) {
      const style = STYLES[entity.type];
      if (style) styles.add(style);
      href ??= hrefOf(entity, text.slice(first, last));
    }
    spans.push({ text: text.slice(from, to), styles: [...styles].sort(), href });
  }
  return spans;
}

/** The text cut into blocks (plain, quoted, preformatted) of spans. Joined, the spans are the text again. */
export function blocksOf(text: string, entities: readonly Entity[]): Block[] {
  const all = ranges(text, entities);
  const inline = all.filter(({ entity }) => !isBlock(entity.type));
  const blocks: Block[] = [];
  let at = 0;
  const push = (kind: Block['kind'], start: number, end: number, language: string | null) => {
    if (start < end) blocks.push({ kind, spans: spansOf(text, start, end, inline), language });
  };
  const outer = all.filter(({ entity }) => isBlock(entity.type)).sort((a, b) => a.start - b.start || b.end - a.end);
  for (const { start, end, entity } of outer) {
    // Blocks don't nest in Telegram; of two that overlap the first stands.
    if (start < at) continue;
    push('text', at, start, null);
    push(entity.type === 'pre' ? 'pre' : 'quote', start, end, entity.language ?? null);
    at = end;
  }
  push('text', at, text.length, null);
  return blocks;
}

function isBlock(type: string): boolean {
  return type === 'pre' || type === 'blockquote' || type === 'expandable_blockquote';
}

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
const EMOJI = /^(?:\p{Extended_Pictographic}|\p{Regional_Indicator}{2}|[0-9#*]\ufe0f?\u20e3)/u;

/** How many emoji a text is when it is nothing else, up to three; 0 otherwise. */
export function emojiOnly(text: string): number {
  const bare = text.replace(/\s/g, '');
  if (bare === '' || bare.length > 40) return 0;
  const graphemes = [...segmenter.segment(bare)];
  return graphemes.length <= 3 && graphemes.every(({ segment }) => EMOJI.test(segment)) ? graphemes.length : 0;
}
