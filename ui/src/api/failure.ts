import type { FieldFault } from './types';

/** A request that did not succeed: the server's problem, or `network` when no answer came. */
export class Failure extends Error {
  constructor(
    readonly code: string,
    readonly status = 0,
    readonly params: Record<string, unknown> = {},
    readonly fields: readonly FieldFault[] = [],
  ) {
    super(code);
    this.name = 'Failure';
  }

  /** Whether the same request may succeed a little later without anyone doing anything. */
  get transient(): boolean {
    return this.code === 'network' || this.status === 429 || this.status >= 500;
  }

  get signedOut(): boolean {
    return this.code === 'signed_out' || this.code === 'signed_in_elsewhere';
  }

  /** Seconds the server asks us to wait, if it does. */
  get retryAfter(): number | null {
    const seconds = Number(this.params['retry_after']);
    return Number.isFinite(seconds) && seconds > 0 ? seconds : null;
  }
}

export function asFailure(error: unknown): Failure {
  return error instanceof Failure ? error : new Failure('unexpected');
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** Reads a problem body; an answer that is none (a proxy's page, an empty body) still gets a code of its status. */
export function failureOf(status: number, body: unknown): Failure {
  const problem = record(body);
  const fields = Array.isArray(problem['errors'])
    ? problem['errors'].map(record).map((fault) => ({
        field: String(fault['field'] ?? ''),
        code: String(fault['code'] ?? ''),
        params: record(fault['params']),
      }))
    : [];
  const code = typeof problem['code'] === 'string' ? problem['code'] : codeOf(status);
  return new Failure(code, status, record(problem['params']), fields);
}

function codeOf(status: number): string {
  if (status === 401) return 'signed_out';
  if (status === 429) return 'too_many_attempts';
  if (status === 502 || status === 503 || status === 504) return 'busy';
  return 'unexpected';
}
