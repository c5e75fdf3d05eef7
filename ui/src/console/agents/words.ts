// Words about an account.
import type { Account, AccountState, Mailed, Projects } from '../../api/members';
import type { Role } from '../../api/types';
import { roleName } from '../../features/settings/roles';
import { day, moment, type Clock } from '../../lib/time';
import { m } from '../../paraglide/messages';
import type { Draft, DraftField } from './draft';

export const ROLES: readonly Role[] = ['owner', 'admin', 'supervisor', 'agent'];
/** Those that can be given; the owner's is handed over. */
export const GIVEN_ROLES: readonly Role[] = ['agent', 'supervisor', 'admin'];
export const STATES: readonly AccountState[] = ['active', 'invited', 'disabled', 'expired'];

export function stateName(state: AccountState): string {
  return {
    active: m.account_active(),
    invited: m.account_invited(),
    disabled: m.account_disabled(),
    expired: m.account_expired(),
    deleted: m.account_deleted(),
  }[state];
}

/** Owner and admins see every project, whatever is ticked. */
export const seesAll = (role: Role): boolean => role === 'owner' || role === 'admin';

export function projectWords(projects: Projects, names: ReadonlyMap<string, { name: string }>): string {
  if (projects === 'all') return m.agent_all_projects();
  if (projects.length === 0) return m.agent_no_project();
  const known = projects.map((id) => names.get(id)?.name).filter((name) => name !== undefined);
  return known.length === projects.length && known.length <= 2
    ? known.sort((a, b) => a.localeCompare(b)).join(', ')
    : m.agent_projects_count({ count: projects.length });
}

export const projectsOf = (account: Account): Projects =>
  account.all_projects || seesAll(account.role) ? 'all' : account.projects;

/** What became of the link: on its way to them, run out, or could not be mailed. */
export function invitationWords(account: Account, now: number, clock: Clock): string | null {
  const { invitation } = account;
  if (!invitation) return account.state === 'invited' ? m.invitation_none() : null;
  if (invitation.expires_at <= now) return m.invitation_run_out();
  const until = moment(invitation.expires_at, now, clock);
  return invitation.kind === 'invitation' ? m.invitation_until({ until }) : m.reset_until({ until });
}

export function mailWords(mailed: Mailed, email: Account['email']): string {
  return {
    queued: m.invitation_mail_queued({ email: email ?? '' }),
    no_address: m.invitation_mail_no_address(),
    not_set_up: m.invitation_mail_not_set_up(),
  }[mailed];
}

export function fieldName(field: DraftField): string {
  return {
    name: m.display_name(),
    login_name: m.login_name(),
    email: m.agent_email(),
    role: m.role(),
    projects: m.agent_projects(),
    limit: m.agent_limit(),
    expires: m.agent_expires(),
  }[field];
}

export function fieldValue(
  field: DraftField,
  draft: Draft,
  names: ReadonlyMap<string, { name: string }>,
  clock: Clock,
): string {
  if (field === 'role') return roleName(draft.role);
  if (field === 'projects') return projectWords(draft.projects, names);
  if (field === 'limit') return draft.limit === null ? m.agent_limit_project() : String(draft.limit);
  if (field === 'expires') {
    return draft.expires
      ? day(Date.parse(`${draft.expires}T12:00:00Z`), { ...clock, timeZone: 'UTC' })
      : m.agent_never_expires();
  }
  return String(draft[field]) || m.agent_empty_value();
}
