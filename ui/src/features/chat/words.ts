// Words for what the chat shows: deliveries, kinds we can't show yet. Service lines have their own (service.ts).
import { codeWords } from '../../api/words.svelte';
import type { Delivery } from '../../api/types';
import { moment, type Clock } from '../../lib/time';
import { m } from '../../paraglide/messages';

const REASONS: Record<string, () => string> = {
  blocked_by_customer: () => m.reason_blocked_by_customer(),
  chat_not_found: () => m.reason_chat_not_found(),
  bad_request: () => m.reason_bad_request(),
  token_rejected: () => m.reason_token_rejected(),
  text_empty: () => m.reason_text_empty(),
  text_too_long: () => m.reason_text_too_long(),
  rate_limited: () => m.reason_rate_limited(),
  unreachable: () => m.reason_unreachable(),
  telegram_trouble: () => m.reason_telegram_trouble(),
  project_closed: () => m.reason_project_closed(),
  transferred: () => m.reason_transferred(),
};

export const WORDED_REASONS: readonly string[] = Object.keys(REASONS);

export function deliveryWords(delivery: Delivery): string {
  switch (delivery.state) {
    case 'queued':
      return m.delivery_queued();
    case 'sending':
      return m.delivery_sending();
    case 'sent':
      return m.delivery_sent();
    case 'failed':
      return m.delivery_failed();
    case 'unknown':
      return m.delivery_unknown();
  }
}

const NOT_WORTH_TELLING = 2_000;
const IN_SECONDS = 90_000;

/** When a waiting reply goes out; null when that is about now. Far away it counts down in fives: seconds make nervous. */
export function expectedWords(at: number, now: number, clock: Clock): string | null {
  const left = at - now;
  if (left <= NOT_WORTH_TELLING) return null;
  if (left > IN_SECONDS) return m.expected_at({ time: moment(at, now, clock) });
  const step = left > 10_000 ? 5 : 1;
  return m.expected_in({ count: Math.ceil(left / 1_000 / step) * step });
}

/** Why it is where it is, and when it goes out, in words; null when there is nothing to add. */
export function waitingWords(reason: string | null, delivery: Delivery | null, expected: string | null): string | null {
  if (expected === null || delivery?.state !== 'queued') return reason;
  return delivery.reason === 'rate_limited' ? `${m.reason_slow_down()} ${expected}` : (reason ?? expected);
}

/** Why it is where it is, in words; null when there is nothing to add. */
export function reasonWords(delivery: Delivery | null, problem: string | null): string | null {
  if (problem) return codeWords(problem);
  if (delivery?.state === 'unknown') return m.delivery_unknown_hint();
  if (!delivery?.reason) return delivery?.state === 'failed' ? m.reason_other() : null;
  return REASONS[delivery.reason]?.() ?? m.reason_other();
}

const KINDS: Record<string, () => string> = {
  photo: () => m.kind_photo(),
  video: () => m.kind_video(),
  voice: () => m.kind_voice(),
  audio: () => m.kind_audio(),
  document: () => m.kind_document(),
  sticker: () => m.kind_sticker(),
  animation: () => m.kind_animation(),
  video_note: () => m.kind_video_note(),
  location: () => m.kind_location(),
  contact: () => m.kind_contact(),
  poll: () => m.kind_poll(),
};

export function unsupportedWords(kind: string): string {
  const name = KINDS[kind];
  return name ? m.unsupported_kind({ kind: name() }) : m.unsupported_message();
}

/** The short name of a kind for a list row: "Photo". */
export function kindName(kind: string): string {
  return (KINDS[kind] ?? (() => m.unsupported_short()))();
}
