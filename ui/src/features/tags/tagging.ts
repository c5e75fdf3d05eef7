// Adding and taking away tags. Failures are worded here, so that the components only call.
import { asFailure } from '../../api/failure';
import { words } from '../../api/problems';
import { tagCustomer, tagSession, type TagChange } from '../../api/tags';
import { notices } from '../../app/notices.svelte';
import { entities } from '../../store/entities.svelte';

async function attempt(run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    const failure = asFailure(error);
    if (!failure.signedOut) notices.say(words(failure), 'error');
  }
}

export const changeSessionTags = (id: string, change: TagChange): Promise<void> =>
  attempt(async () => entities.putSessions([await tagSession(id, change)]));

export const changeCustomerTags = (id: string, change: TagChange): Promise<void> =>
  attempt(async () => entities.putCustomers([await tagCustomer(id, change)]));
