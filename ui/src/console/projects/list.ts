// The order of the list of projects.
import type { Project } from '../../api/types';
import { healthTone } from '../../features/projects/health';

export type SortKey = 'name' | 'health' | 'last_update';
export interface Sorting {
  key: SortKey;
  down: boolean;
}

const SEVERITY = { danger: 0, warn: 1, quiet: 2, ok: 3 };

const by: Record<SortKey, (a: Project, b: Project) => number> = {
  name: (a, b) => a.name.localeCompare(b.name),
  health: (a, b) => SEVERITY[healthTone(a.health)] - SEVERITY[healthTone(b.health)],
  last_update: (a, b) => (b.health.last_update_at ?? 0) - (a.health.last_update_at ?? 0),
};

/** Archived ones always come last; what is equal goes by name. */
export function sorted(projects: Iterable<Project>, { key, down }: Sorting): Project[] {
  const archived = (project: Project) => Number((project.state as string) === 'archived');
  const turn = down ? -1 : 1;
  return [...projects].sort(
    (a, b) => archived(a) - archived(b) || turn * by[key](a, b) || by.name(a, b) || a.id.localeCompare(b.id),
  );
}

/** The sorting after a click on a heading. */
export function turned(sorting: Sorting, key: SortKey): Sorting {
  return { key, down: sorting.key === key && !sorting.down };
}
