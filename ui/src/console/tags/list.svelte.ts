// The tags as the page shows them, each with what wears it.
import { listCountedTags, type CountedTag } from '../../api/tags';
import { asFailure, type Failure } from '../../api/failure';

class Tags {
  items = $state.raw<readonly CountedTag[] | null>(null);
  failure = $state.raw<Failure | null>(null);
  private runs = 0;

  async load(): Promise<void> {
    const run = (this.runs += 1);
    try {
      const items = await listCountedTags();
      if (run !== this.runs) return;
      this.items = items.toSorted((a, b) => a.name.localeCompare(b.name) || a.id.localeCompare(b.id));
      this.failure = null;
    } catch (error) {
      if (run === this.runs) this.failure = asFailure(error);
    }
  }
}

export const tags = new Tags();
