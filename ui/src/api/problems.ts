// Words for every code of docs/api.md that a person can act on.
import { m } from '../paraglide/messages';
import type { Failure } from './failure';
import type { FieldFault } from './types';

type Params = Record<string, unknown>;

const WORDS: Record<string, (params: Params) => string> = {
  // Ours: no answer came, or one nobody foresaw.
  network: () => m.problem_network(),
  unexpected: () => m.problem_unexpected(),
  // Ours: signed in, and signed out again with the next request.
  no_cookies: () => m.problem_no_cookies(),
  // Ours: found in the outbox long after it was written.
  stale: () => m.problem_stale(),
  malformed: () => m.problem_malformed(),
  signed_out: () => m.problem_signed_out(),
  signed_in_elsewhere: () => m.problem_signed_in_elsewhere(),
  wrong_credentials: () => m.problem_wrong_credentials(),
  second_factor_needed: () => m.problem_second_factor_needed(),
  wrong_code: () => m.problem_wrong_code(),
  second_factor_setup_needed: () => m.problem_second_factor_setup_needed(),
  second_factor_on: () => m.problem_second_factor_on(),
  owner_protected: () => m.problem_owner_protected(),
  no_picture: () => m.problem_no_picture(),
  forbidden: () => m.problem_forbidden(),
  foreign_origin: () => m.problem_foreign_origin(),
  wrong_setup_token: () => m.problem_wrong_setup_token(),
  not_assignee: () => m.problem_not_assignee(),
  not_author: () => m.problem_not_author(),
  operation_refused: ({ reason }) =>
    reason === 'exception' ? m.problem_operation_refused_to_you() : m.problem_operation_refused(),
  method_not_allowed: () => m.problem_malformed(),
  too_slow: () => m.problem_too_slow(),
  internal: () => m.problem_unexpected(),
  not_found: () => m.problem_not_found(),
  already_taken: ({ name }) =>
    typeof name === 'string' ? m.problem_already_taken_by({ name }) : m.problem_already_taken(),
  session_not_open: () => m.problem_session_not_open(),
  session_ended: () => m.problem_session_ended(),
  session_live: () => m.problem_session_live(),
  session_not_ended: () => m.problem_session_not_ended(),
  receiver_no_access: ({ name }) => m.problem_receiver_no_access({ name: String(name) }),
  receiver_at_limit: ({ name, open, limit }) =>
    m.problem_receiver_at_limit({ name: String(name), open: Number(open), limit: Number(limit) }),
  too_many_tags: ({ max }) => m.problem_too_many_tags({ count: Number(max) }),
  receiver_unavailable: ({ name }) => m.problem_receiver_unavailable({ name: String(name) }),
  login_name_in_use: () => m.problem_login_name_in_use(),
  slug_in_use: () => m.problem_slug_in_use(),
  bot_in_use: () => m.problem_bot_in_use(),
  different_bot: () => m.problem_different_bot(),
  idempotency_conflict: () => m.problem_idempotency_conflict(),
  setup_done: () => m.problem_setup_done(),
  not_resendable: () => m.problem_not_resendable(),
  project_paused: () => m.problem_project_paused(),
  no_public_url: () => m.problem_no_public_url(),
  own_account: () => m.problem_own_account(),
  import_changed: () => m.problem_import_changed(),
  invitation_gone: ({ reason }) =>
    reason === 'used'
      ? m.problem_invitation_used()
      : reason === 'expired'
        ? m.problem_invitation_expired()
        : m.problem_invitation_revoked(),
  stale_version: () => m.problem_stale_version(),
  if_match_required: () => m.problem_stale_version(),
  too_large: () => m.problem_too_large(),
  unsupported_media_type: () => m.problem_malformed(),
  invalid: () => m.problem_invalid(),
  token_rejected: () => m.problem_token_rejected(),
  too_many_attempts: (params) => {
    const seconds = Math.ceil(Number(params['seconds'] ?? params['retry_after']));
    if (!(seconds > 0)) return m.problem_too_many_attempts();
    return seconds < 90
      ? m.problem_too_many_attempts_seconds({ count: seconds })
      : m.problem_too_many_attempts_minutes({ count: Math.ceil(seconds / 60) });
  },
  telegram_unreachable: () => m.problem_telegram_unreachable(),
  busy: () => m.problem_busy(),
  // Ours: it is not even sent.
  picture_too_large: () => m.problem_picture_too_large(),
  storage_full: () => m.problem_storage_full(),
};

const FIELD_WORDS: Record<string, (params: Params) => string> = {
  required: () => m.field_required(),
  too_short: ({ min }) => (Number(min) > 0 ? m.field_too_short({ count: Number(min) }) : m.field_required()),
  too_long: ({ max }) => (Number(max) > 0 ? m.field_too_long({ count: Number(max) }) : m.field_bad_format()),
  bad_format: () => m.field_bad_format(),
  out_of_range: ({ max }) => (Number(max) > 0 ? m.field_out_of_range({ max: Number(max) }) : m.field_bad_format()),
  unknown: ({ name }) => (typeof name === 'string' ? m.field_unknown_name({ name }) : m.field_unknown()),
  twice: ({ line }) => m.field_twice({ line: Number(line) }),
  in_use: () => m.field_in_use(),
  too_many: ({ max }) => (Number(max) > 0 ? m.field_too_many({ count: Number(max) }) : m.field_bad_format()),
  too_guessable: () => m.field_too_guessable(),
  wrong: () => m.field_wrong(),
  different: () => m.field_different(),
};

export const WORDED_CODES: readonly string[] = Object.keys(WORDS);
export const WORDED_FIELD_CODES: readonly string[] = Object.keys(FIELD_WORDS);

export function codeWords(code: string, params: Params = {}): string {
  return (WORDS[code] ?? (() => m.problem_unexpected()))(params);
}

export function words(failure: Failure): string {
  return codeWords(failure.code, failure.params);
}

export function faultWords(fault: FieldFault): string {
  return (FIELD_WORDS[fault.code] ?? WORDS[fault.code] ?? (() => m.field_bad_format()))(fault.params ?? {});
}

/** Words beside each field at fault, by the field's name as the API calls it (`owner.password` also as `password`). */
export function fieldWords(failure: Failure | null): Record<string, string> {
  const result: Record<string, string> = {};
  for (const fault of failure?.fields ?? []) {
    const text = faultWords(fault);
    result[fault.field] ??= text;
  }
  return result;
}
