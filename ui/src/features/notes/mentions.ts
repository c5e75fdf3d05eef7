// Names after an @, and addresses that may be followed, in the text of a note. Pure.
import type { MemberRef } from '../../api/types';
import { safeHref } from '../chat/entities';

export interface Asked {
  /** Where its @ stands. */
  from: number;
  /** What was typed after it. */
  query: string;
}

/** The name that is being typed just before the caret. */
export function askedAt(text: string, caret: number): Asked | null {
  // Names may have two words; an address (anna@example.org) has no blank before its @.
  const found = /(?:^|[\s(])@([\p{L}\p{N}._-]*(?: [\p{L}\p{N}._-]+)?)$/u.exec(text.slice(0, caret));
  if (!found) return null;
  const query = found[1] ?? '';
  return { from: caret - query.length - 1, query };
}

/** The text with the name in the place of what was typed, and where the caret stands then. */
export function withMention(text: string, asked: Asked, caret: number, name: string): { text: string; caret: number } {
  const put = `@${name} `;
  const rest = text.slice(caret).replace(/^ /, '');
  return { text: text.slice(0, asked.from) + put + rest, caret: asked.from + put.length };
}

interface Found {
  start: number;
  end: number;
  who: MemberRef;
}

function mentionsOf(text: string, known: readonly MemberRef[]): Found[] {
  // Longer names first: @Anna Berg is not @Anna.
  const byLength = known.toSorted((a, b) => b.name.length - a.name.length);
  const found: Found[] = [];
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    const who = byLength.find(({ name }) => {
      const after = text.slice(at + 1 + name.length, at + 2 + name.length);
      return name !== '' && text.startsWith(name, at + 1) && !/[\p{L}\p{N}_]/u.test(after);
    });
    if (who) found.push({ start: at, end: at + 1 + who.name.length, who });
  }
  return found;
}

/** Whom the text names, each once. */
export function mentionedIn(text: string, known: readonly MemberRef[]): string[] {
  return [...new Set(mentionsOf(text, known).map(({ who }) => who.id))];
}

export interface Piece {
  text: string;
  /** Where it leads. */
  href?: string;
  /** Whom it names. */
  mention?: string;
}

const ADDRESS = /(?:https?:\/\/|mailto:|tg:\/\/)[^\s<>"']+/giu;

function linksOf(text: string): { start: number; end: number; href: string }[] {
  return [...text.matchAll(ADDRESS)].flatMap((match) => {
    // What ends a sentence is not the address's, nor is a bracket that was opened before it.
    let address = match[0].replace(/[.,;:!?]+$/u, '');
    while (/[)\]}]$/u.test(address) && !/[([{]/u.test(address)) address = address.slice(0, -1);
    const href = safeHref(address);
    return href ? [{ start: match.index, end: match.index + address.length, href }] : [];
  });
}

/** The text cut where a name or an address begins or ends; joined, the pieces are the text again. */
export function piecesOf(text: string, mentions: readonly MemberRef[]): Piece[] {
  const links = linksOf(text);
  const names = mentionsOf(text, mentions).filter(
    ({ start }) => !links.some((link) => start >= link.start && start < link.end),
  );
  const marks = [
    ...links.map(({ start, end, href }) => ({ start, end, more: { href } })),
    ...names.map(({ start, end, who }) => ({ start, end, more: { mention: who.id } })),
  ].sort((a, b) => a.start - b.start);
  const pieces: Piece[] = [];
  let at = 0;
  for (const { start, end, more } of marks) {
    if (start > at) pieces.push({ text: text.slice(at, start) });
    pieces.push({ text: text.slice(start, end), ...more });
    at = end;
  }
  if (at < text.length) pieces.push({ text: text.slice(at) });
  return pieces;
}
