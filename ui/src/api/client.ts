import createClient from 'openapi-fetch';
import { Failure, failureOf } from './failure';
import type { paths } from './schema';

const TIME_OUT = 20_000;

let signedOut: (failure: Failure) => void = () => undefined;

/** Called for each answer that says the login is over, whatever was asked. */
export function onSignedOut(handler: (failure: Failure) => void): void {
  signedOut = handler;
}

let setupNeeded: () => void = () => undefined;

/** Called for each answer that says that a second factor must be set up before anything else. */
export function onSetupNeeded(handler: () => void): void {
  setupNeeded = handler;
}

// A request that hangs is a lost one: nobody waits for ever in front of a spinner.
async function send(request: Request): Promise<Response> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), TIME_OUT);
  try {
    return await fetch(request, { signal: abort.signal });
  } catch {
    throw new Failure('network');
  } finally {
    clearTimeout(timer);
  }
}

export const api = createClient<paths>({
  baseUrl: globalThis.location?.origin ?? '',
  fetch: send,
});

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The body of an answer, or a thrown {@link Failure}. */
export async function call<T>(answer: Promise<Answer<T>>): Promise<NonNullable<T>> {
  let settled: Answer<T>;
  try {
    settled = await answer;
  } catch (error) {
    throw error instanceof Failure ? error : new Failure('network');
  }
  const { data, error, response } = settled;
  if (response.ok) return data as NonNullable<T>;
  const failure = failureOf(response.status, error);
  if (failure.signedOut) signedOut(failure);
  if (failure.code === 'second_factor_setup_needed') setupNeeded();
  throw failure;
}

/** Headers of an edit that must not overwrite somebody else's. */
export function ifMatch(version: number): { 'If-Match': string } {
  return { 'If-Match': `"${version}"` };
}
