// What is wrong with the name of a tag or a field, in words.
import type { Failure } from '../../api/failure';
import { fieldWords } from '../../api/problems';

/** `taken`: the words for a name that another one has. */
export function nameFault(failure: Failure | null, taken: string): string | undefined {
  const inUse =
    failure?.code === 'in_use' || failure?.fields.some(({ field, code }) => field === 'name' && code === 'in_use');
  return inUse ? taken : fieldWords(failure)['name'];
}

/** Whether a failure is about the name alone, which then says it itself. */
export function onlyName(failure: Failure | null): boolean {
  if (failure?.code === 'in_use') return true;
  return failure !== null && failure.fields.length > 0 && failure.fields.every(({ field }) => field === 'name');
}
