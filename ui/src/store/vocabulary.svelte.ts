// The words a workspace has made for itself: its tags, and the fields that its customers have.
import { listFields } from '../api/fields';
import { listTags } from '../api/tags';
import type { CustomField, Tag } from '../api/types';

class Vocabulary {
  tags = $state.raw<ReadonlyMap<string, Tag>>(new Map());
  /** In the order in which they are shown. */
  fields = $state.raw<readonly CustomField[]>([]);
  private runs = 0;

  async load(): Promise<void> {
    const run = (this.runs += 1);
    const current = () => run === this.runs;
    await Promise.allSettled([
      listTags().then((tags) => {
        if (current()) this.tags = new Map(tags.map((tag) => [tag.id, tag]));
      }),
      listFields().then((fields) => {
        if (current()) this.fields = fields.toSorted((a, b) => a.position - b.position || a.name.localeCompare(b.name));
      }),
    ]);
  }

  /** The tags of these ids by name; ids that nobody knows any more are left out. */
  of(ids: readonly string[]): Tag[] {
    return ids.flatMap((id) => this.tags.get(id) ?? []).sort((a, b) => a.name.localeCompare(b.name));
  }

  clear(): void {
    this.runs += 1;
    this.tags = new Map();
    this.fields = [];
  }
}

export const vocabulary = new Vocabulary();
