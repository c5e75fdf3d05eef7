// What a member has begun to write, per customer. Kept at once, so that it survives a reload and a forced sign-out.
import { store, stored } from '../lib/storage';

/** For what the storage would not take: it may be switched off or full. */
const memory = new Map<string, string>();

function key(memberId: string, customerId: string): string {
  return `teledesk.draft.${memberId}.${customerId}`;
}

export function readDraft(memberId: string, customerId: string): string {
  const name = key(memberId, customerId);
  return memory.get(name) ?? stored(name) ?? '';
}

export function writeDraft(memberId: string, customerId: string, text: string): void {
  const name = key(memberId, customerId);
  const kept = store(name, text === '' ? null : text);
  if (kept || text === '') memory.delete(name);
  else memory.set(name, text);
}

/** The draft of one editor. An editor that nobody touched writes nothing, so an empty one never wipes a draft. */
export class Draft {
  private touched = false;

  constructor(
    readonly memberId: string,
    readonly customerId: string,
  ) {}

  read(): string {
    return readDraft(this.memberId, this.customerId);
  }

  /** The person changed the text. */
  edit(text: string): void {
    this.touched = true;
    writeDraft(this.memberId, this.customerId, text);
  }

  /** The page is going away with this in the editor. */
  leave(text: string): void {
    if (this.touched) writeDraft(this.memberId, this.customerId, text);
  }

  /** The text was sent. */
  sent(): void {
    this.touched = true;
    writeDraft(this.memberId, this.customerId, '');
  }
}
