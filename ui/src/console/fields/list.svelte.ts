import { asFailure, type Failure } from '../../api/failure';
import { listFields } from '../../api/fields';
import type { CustomField } from '../../api/types';
import { inPlace } from './choices';

class Fields {
  items = $state.raw<readonly CustomField[] | null>(null);
  failure = $state.raw<Failure | null>(null);
  private runs = 0;

  async load(): Promise<void> {
    const run = (this.runs += 1);
    try {
      const items = await listFields();
      if (run !== this.runs) return;
      this.items = inPlace(items);
      this.failure = null;
    } catch (error) {
      if (run === this.runs) this.failure = asFailure(error);
    }
  }
}

export const fields = new Fields();
