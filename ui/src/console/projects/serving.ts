import type { Member } from '../../api/types';

/** The members whom a project's scope and permissions are about: owner and admins see and may everything. By name. */
export function serving(members: Iterable<Member>): Member[] {
  return [...members]
    .filter((member) => member.role === 'agent' || member.role === 'supervisor')
    .sort((a, b) => a.name.localeCompare(b.name) || a.id.localeCompare(b.id));
}
