import type { Project } from '../../api/types';
import { m } from '../../paraglide/messages';

/** Who serves a project, in short. */
export function scopeWords(project: Project): string {
  if (project.scope !== 'designated') return m.scope_all();
  return project.scope_members ? m.scope_count({ count: project.scope_members.length }) : m.scope_designated();
}
