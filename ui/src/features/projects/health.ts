import type { Health, Project } from '../../api/types';
import { moment, timeOfDay, type Clock } from '../../lib/time';
import { m } from '../../paraglide/messages';

export type HealthTone = 'ok' | 'warn' | 'danger' | 'quiet';

const TONES: Record<Health['state'], HealthTone> = {
  starting: 'quiet',
  ok: 'ok',
  token_rejected: 'danger',
  conflict: 'danger',
  rate_limited: 'warn',
  unreachable: 'warn',
  paused: 'quiet',
};

export function healthTone(health: Health): HealthTone {
  return TONES[health.state] ?? 'quiet';
}

/** What is so, since when, and what to do about it. */
export function healthWords(health: Health, now: number, clock: Clock): string {
  const until = health.until ? timeOfDay(health.until, clock) : null;
  const since = health.since ? moment(health.since, now, clock) : null;
  const words = {
    starting: () => m.health_starting(),
    ok: () => m.health_ok(),
    token_rejected: () => m.health_token_rejected(),
    conflict: () => m.health_conflict(),
    rate_limited: () => (until ? m.health_rate_limited_until({ time: until }) : m.health_rate_limited()),
    unreachable: () => m.health_unreachable(),
    paused: () => m.health_paused(),
  }[health.state]?.();
  if (!words) return health.state;
  return since && health.state !== 'starting' ? m.health_since({ words, since }) : words;
}

/** How the updates of a project come, where it is worth a line: by webhook, and how deliveries fare. */
export function webhookWords(project: Project, now: number, clock: Clock): string | null {
  if (project.transport !== 'webhook') return null;
  const webhook = project.health.webhook;
  const reason = webhook?.last_error ?? '';
  if (webhook?.polling_until && webhook.polling_until > now) {
    return m.webhook_fallen_back({ reason, time: moment(webhook.polling_until, now, clock) });
  }
  if (webhook?.last_error_at) {
    return m.webhook_last_error({ reason, time: moment(webhook.last_error_at, now, clock) });
  }
  return m.webhook_in_use();
}
