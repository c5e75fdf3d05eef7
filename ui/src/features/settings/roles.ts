import type { Role } from '../../api/types';
import { m } from '../../paraglide/messages';

export function roleName(role: Role): string {
  return { owner: m.role_owner(), admin: m.role_admin(), supervisor: m.role_supervisor(), agent: m.role_agent() }[role];
}

export function roleHint(role: Role): string {
  return { owner: '', admin: m.role_admin_hint(), supervisor: m.role_supervisor_hint(), agent: m.role_agent_hint() }[
    role
  ];
}
