// The order of the list of projects.
import type { Project } from '../../api/types';
import { healthTone } from '../../features/projects/health';
import type { Sorting } from '../../ui/table';

const SEVERITY = { danger: 0, warn: 1, quiet: 2, ok: 3 };

const byName = (a: Project, b: Project) => a.name.localeCompare(b.name);
const ORDERS: Record<string, (a: Project, b: Project) => number> = {
  name: byName,
  health: (a, b) => SEVERITY[healthTone(a.health)] - SEVERITY[healthTone(b.health)],
  last_update: (a, b) => (b.health.last_update_at ?? 0) - (a.health.last_update_at ?? 0),
};

/** Archived ones always come last; what is equal goes by name. */
export function sorted(projects: Iterable<Project>, { by, down }: Sorting): Project[] {
  const archived = (project: Project) => Number(project.state === 'archived');
  const [order, turn] = [ORDERS[by] ?? byName, down ? -1 : 1];
  return [...projects].sort(
    (a, b) => archived(a) - archived(b) || turn * order(a, b) || byName(a, b) || a.id.localeCompare(b.id),
  );
}

/** The sorting after a click on a heading. */
export function turned(sorting: Sorting, by: string): Sorting {
  return { by, down: sorting.by === by && !sorting.down };
}
