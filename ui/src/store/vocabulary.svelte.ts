// The words a workspace has made for itself: its tags.
import { listTags } from '../api/vocabulary';
import type { Tag } from '../api/types';

class Vocabulary {
  tags = $state.raw<ReadonlyMap<string, Tag>>(new Map());

  async load(): Promise<void> {
    const tags = await listTags();
    this.tags = new Map(tags.map((tag) => [tag.id, tag]));
  }

  clear(): void {
    this.tags = new Map();
  }
}

export const vocabulary = new Vocabulary();
