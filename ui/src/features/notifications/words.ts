// A notification in words, its sign, and where it leads.
import type { Notification, NotificationKind } from '../../api/types';
import { inboxPath, projectPath } from '../../app/router';
import { m } from '../../paraglide/messages';
import type { IconName } from '../../ui/icon';
import { reasonWords } from '../chat/words';

export const ICONS: Record<NotificationKind, IconName> = {
  assigned: 'user',
  transferred: 'transfer',
  mention: 'at',
  taken_back: 'back',
  waiting_too_long: 'clock',
  ending_soon: 'clock',
  sending_failed: 'warning',
  project_in_trouble: 'bot',
};

/** What happened. `project`: its name. */
export function titleOf({ what, customer, by }: Notification, project: string | undefined): string {
  const name = customer?.name || m.customer();
  const who = by?.name;
  switch (what) {
    case 'assigned':
      return who ? m.told_assigned_by({ name, who }) : m.told_assigned({ name });
    case 'transferred':
      return who ? m.told_transferred_by({ name, who }) : m.told_transferred({ name });
    case 'mention':
      return who ? m.told_mention_by({ name, who }) : m.told_mention({ name });
    case 'taken_back':
      return who ? m.told_taken_back_by({ name, who }) : m.told_taken_back({ name });
    case 'waiting_too_long':
      return m.told_waiting_too_long({ name });
    case 'ending_soon':
      return m.told_ending_soon({ name });
    case 'sending_failed':
      return m.told_sending_failed({ name });
    case 'project_in_trouble':
      return m.told_project_in_trouble({ name: project ?? m.project() });
    default:
      // One that only a newer server knows.
      return project ?? name;
  }
}

const HEALTH: Record<string, () => string> = {
  token_rejected: m.health_token_rejected,
  conflict: m.health_conflict,
  rate_limited: m.health_rate_limited,
  unreachable: m.health_unreachable,
};
/** What a reason looks like that a program gives, as opposed to what people write. */
const CODE = /^[a-z]+(_[a-z]+)*$/;

/** What else there is to say; null: nothing. */
export function detailOf({ what, detail, by }: Notification): string | null {
  if (!detail) return null;
  if (what === 'sending_failed' && CODE.test(detail)) {
    return detail === 'unknown' ? m.delivery_unknown_hint() : reasonWords({ state: 'failed', reason: detail }, null);
  }
  if (what === 'project_in_trouble') return HEALTH[detail]?.() ?? (CODE.test(detail) ? null : detail);
  // Given by nobody it says why, rather than what somebody noted.
  if (what === 'assigned' && !by && CODE.test(detail))
    return detail === 'reopened' ? m.service_reopened_customer() : null;
  return what === 'taken_back' && CODE.test(detail) ? null : detail;
}

/** Where it leads; null: nowhere that this member may go. */
export function placeOf({ session_id, project_id }: Notification, managesProjects: boolean): string | null {
  if (session_id) return inboxPath(session_id);
  return project_id && managesProjects ? projectPath(project_id) : null;
}

export function kindName(kind: NotificationKind): string {
  return {
    assigned: m.kind_assigned,
    transferred: m.kind_transferred,
    mention: m.kind_mention,
    taken_back: m.kind_taken_back,
    waiting_too_long: m.kind_waiting_too_long,
    ending_soon: m.kind_ending_soon,
    sending_failed: m.kind_sending_failed,
    project_in_trouble: m.kind_project_in_trouble,
  }[kind]();
}
