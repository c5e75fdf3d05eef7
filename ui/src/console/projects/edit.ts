// Saving an edit of a project. Its health makes versions too, so a newer version is no conflict as long as what is edited is as it was.
import { asFailure } from '../../api/failure';
import { getProject } from '../../api/projects';
import type { Project } from '../../api/types';
import { entities } from '../../store/entities.svelte';

const TRIES = 4;

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/**
 * Saves on top of the newest version, unless one of `fields` is another there than in `base`: then it fails with `stale_version`, and
 * the newest version is in the store.
 */
export async function saveOnTop<T>(
  base: Project,
  fields: readonly (keyof Project)[],
  save: (current: Project) => Promise<T>,
): Promise<T> {
  let current = entities.projects.get(base.id) ?? base;
  for (let attempt = 1; ; attempt += 1) {
    try {
      // A version that is known to be old is refused, which is the answer that is wanted.
      const untouched = fields.every((field) => same(current[field], base[field]));
      return await save(untouched ? current : base);
    } catch (error) {
      if (asFailure(error).code !== 'stale_version') throw error;
      current = await getProject(base.id);
      entities.putProjects([current]);
      const conflict = fields.some((field) => !same(current[field], base[field]));
      if (conflict || attempt === TRIES) throw error;
    }
  }
}
