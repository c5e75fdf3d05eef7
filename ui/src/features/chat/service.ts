// Words for service lines: what happened to a session. Why diversion chose somebody is told apart (why.ts).
import type { ServiceLine } from '../../api/types';
import { m } from '../../paraglide/messages';

type Named = { name: string };

const ASSIGNED: Record<string, (who: Named) => string> = {
  in_turn: m.service_assigned_in_turn,
  online_first: m.service_assigned_online_first,
  least_busy: m.service_assigned_least_busy,
  served_last: m.service_assigned_served_last,
  fallback: m.service_assigned_fallback,
};

const RETURNED: Record<string, (who: Named) => string> = {
  disabled: m.service_returned_disabled,
  deleted: m.service_returned_deleted,
  expired: m.service_returned_expired,
  access_lost: m.service_returned_access_lost,
  not_taken_up: m.service_returned_not_taken_up,
  went_offline: m.service_returned_offline,
  moved_on: m.service_returned_moved_on,
  given_back: m.service_returned_by_hand,
  put_back: m.service_returned_by_hand,
};

const ENDED: Record<string, () => string> = {
  quiet: m.service_ended_quiet,
  project_closed: m.service_ended_project_closed,
};

/** The reasons that have words of their own, by what happened. */
export const WORDED = { assigned: Object.keys(ASSIGNED), returned: Object.keys(RETURNED), ended: Object.keys(ENDED) };

function assigned({ member, reason, why }: ServiceLine): string {
  if (!member) return m.service_assigned_unknown();
  const code = why?.served_last ? 'served_last' : why?.fallback ? 'fallback' : (reason ?? why?.rule ?? '');
  return (ASSIGNED[code] ?? m.service_assigned)({ name: member.name });
}

function returned({ member, reason }: ServiceLine): string {
  if (!member) return m.service_returned();
  return (RETURNED[reason ?? ''] ?? m.service_returned_from)({ name: member.name });
}

function transferred({ member, to }: ServiceLine): string {
  if (!to) return member ? m.service_transferred_queue({ name: member.name }) : m.service_returned();
  return member ? m.service_transferred({ name: member.name, to: to.name }) : m.service_assigned({ name: to.name });
}

function ended({ member, reason }: ServiceLine): string {
  const words = ENDED[reason ?? ''];
  if (words) return words();
  return member ? m.service_ended_by({ name: member.name }) : m.service_ended();
}

function takenOver({ member, to }: ServiceLine): string {
  if (!member) return m.service_assigned_unknown();
  return to && to.id !== member.id
    ? m.service_taken_over_from({ name: member.name, from: to.name })
    : m.service_taken_over({ name: member.name });
}

function assignedBy({ member, to }: ServiceLine): string {
  if (!to) return member ? m.service_assigned({ name: member.name }) : m.service_assigned_unknown();
  return member ? m.service_assigned_by({ name: member.name, to: to.name }) : m.service_assigned({ name: to.name });
}

export function serviceWords(line: ServiceLine): string {
  const name = line.member?.name;
  switch (line.what) {
    case 'session_started':
      return m.service_session_started();
    case 'assigned':
      return assigned(line);
    case 'taken':
      return name ? m.service_taken({ name }) : m.service_assigned_unknown();
    case 'assigned_by':
      return assignedBy(line);
    case 'taken_over':
      return takenOver(line);
    case 'transferred':
      return transferred(line);
    case 'returned':
      return returned(line);
    case 'ended':
      return ended(line);
    case 'reopened':
      if (line.reason === 'customer_wrote') {
        return line.to ? m.service_reopened_for({ name: line.to.name }) : m.service_reopened_customer();
      }
      return name ? m.service_reopened_by({ name }) : m.service_reopened();
    case 'blocked':
      return m.service_blocked();
    case 'unblocked':
      return m.service_unblocked();
  }
}
