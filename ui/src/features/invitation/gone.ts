// Why a link can't be used.
import type { Failure } from '../../api/failure';
import { m } from '../../paraglide/messages';

export function goneWords(failure: Failure): string {
  const reason = failure.code === 'invitation_gone' ? failure.params['reason'] : null;
  if (reason === 'used') return m.invitation_gone_used();
  if (reason === 'expired') return m.invitation_gone_expired();
  if (reason === 'revoked') return m.invitation_gone_revoked();
  return m.invitation_gone_unknown();
}
