// Words about how a login ended, and why one was refused.
import type { Login } from '../../api/types';
import { m } from '../../paraglide/messages';

const ENDS: Record<string, (at: string) => string> = {
  replaced: (at) => m.agent_login_replaced({ at }),
  logged_out: (at) => m.agent_login_logged_out({ at }),
  password_reset: (at) => m.agent_login_password({ at }),
  disabled: (at) => m.agent_login_disabled({ at }),
  expired: (at) => m.agent_login_expired({ at }),
  deleted: (at) => m.agent_login_deleted({ at }),
  signed_out_by_admin: (at) => m.agent_login_by_admin({ at }),
};

export function endWords(reason: Login['end_reason'], at: string): string {
  return (ENDS[reason ?? ''] ?? ((when: string) => m.agent_login_ended({ at: when })))(at);
}

const REFUSALS: Record<string, () => string> = {
  wrong_password: m.agent_attempt_password,
  wrong_code: m.agent_attempt_code,
  unknown: m.agent_attempt_unknown,
  disabled: m.agent_attempt_disabled,
  expired: m.agent_attempt_expired,
  invited: m.agent_attempt_invited,
  locked_out: m.agent_attempt_locked,
};

export function attemptWords(reason: string): string {
  return (REFUSALS[reason] ?? m.agent_attempt_other)();
}
