// The words a workspace has made for itself: its tags.
import { listTags } from '../api/tags';
import type { Tag } from '../api/types';

class Vocabulary {
  tags = $state.raw<ReadonlyMap<string, Tag>>(new Map());

  async load(): Promise<void> {
    const tags = await listTags();
    this.tags = new Map(tags.map((tag) => [tag.id, tag]));
  }

  /** The tags of these ids by name; ids that nobody knows any more are left out. */
  of(ids: readonly string[] | undefined): Tag[] {
    return (ids ?? []).flatMap((id) => this.tags.get(id) ?? []).sort((a, b) => a.name.localeCompare(b.name));
  }

  clear(): void {
    this.tags = new Map();
  }
}

export const vocabulary = new Vocabulary();
